using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Losses;

/// <summary>InfoNCE's temperature and how much of its similarity matrix is held at once.</summary>
public sealed record DenseInfoNceOptions
{
    /// <summary>The defaults: the paper leaves t open; vox2vec (arXiv 2305.15087) uses 0.1.</summary>
    public static DenseInfoNceOptions Paper { get; } = new();

    /// <summary>t, what similarities are divided by.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>Rows of the 2N x 2N similarity matrix in memory at once: 2048 x 16384 float32 are 128 MB.</summary>
    public int ChunkRows { get; init; } = 2048;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Temperature), Temperature, 1e-3, 1e3);
        OptionException.ThrowIfOutside(nameof(ChunkRows), ChunkRows, 1, 1 << 20);
    }
}

/// <summary>InfoNCE over positive pairs of positions (SimCLR, arXiv 2002.05709; arXiv 2502.08321, section 3.1).</summary>
/// <remarks>
/// For pair i and view k, with unit vectors z: -log of exp(z1_i z2_i / t) over itself plus the sum over all j != i and both
/// views l of exp(zk_i zl_j / t); the mean over the 2N. The paper's N = 8192 would hold some 4 GB of similarities for the
/// backward pass, so value and gradient are computed together, a few rows at a time, and memory is a few times
/// ChunkRows x 2N. First derivatives only.
/// </remarks>
/// <param name="options">Temperature and chunk; null means the defaults.</param>
public sealed class DenseInfoNceLoss(DenseInfoNceOptions? options = null)
{
    private readonly DenseInfoNceOptions _options = Checked(options);

    /// <summary>The loss of N positive pairs.</summary>
    /// <param name="z1">Projected descriptors of the first view, [N, h], float32; they are normalised here.</param>
    /// <param name="z2">The same positions in the second view, [N, h].</param>
    /// <returns>A scalar that the caller owns, to call backward on.</returns>
    /// <exception cref="OptionException">The shapes differ or there is no pair.</exception>
    public Tensor Forward(Tensor z1, Tensor z2)
    {
        PairShape.Check(z1, z2, minimumPairs: 1);
        using var scope = NewDisposeScope();
        Tensor z = nn.functional.normalize(cat([z1, z2], 0), p: 2, dim: 1);
        bool wantsGradient = z.requires_grad;
        (Tensor value, Tensor? gradient) = ValueAndGradient(z.detach(), wantsGradient);
        return (gradient is null ? value : KnownGradient.Attach(value, z, gradient)).MoveToOuterDisposeScope();
    }

    private static DenseInfoNceOptions Checked(DenseInfoNceOptions? options)
    {
        options ??= DenseInfoNceOptions.Paper;
        options.Validate();
        return options;
    }

    private (Tensor Value, Tensor? Gradient) ValueAndGradient(Tensor z, bool wantsGradient)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long rows = z.shape[0], pairs = rows / 2;
        Tensor sum = zeros(1, dtype: ScalarType.Float64, device: z.device);
        Tensor partners = RootedArithmetic.Range(0, rows, z.device).roll(-pairs, 0).unsqueeze(1);
        Tensor? gradient = wantsGradient ? zeros_like(z) : null;
        for (long start = 0; start < rows; start += _options.ChunkRows)
        {
            using var chunkScope = NewDisposeScope();
            long count = Math.Min(_options.ChunkRows, rows - start);
            Tensor partner = partners.narrow(0, start, count);
            Tensor part = z.narrow(0, start, count);
            Tensor logits = part.matmul(z.t()).Divide(_options.Temperature);
            logits.diagonal(start).Fill(double.NegativeInfinity);
            Tensor positive = logits.gather(1, partner);
            Tensor denominator = logits.logsumexp(1, keepdim: true);
            sum.Increase((denominator - positive).sum(ScalarType.Float64));
            if (gradient is null)
                continue;
            Tensor slope = logits.sub_(denominator).exp_();
            slope.scatter_add_(1, partner, ones_like(positive).neg()).Divide(_options.Temperature * rows);
            if (count == rows)
            {
                gradient.Increase(slope.Plus(slope.t()).matmul(z));
                continue;
            }

            gradient.narrow(0, start, count).Increase(slope.matmul(z));
            gradient.Increase(slope.t().matmul(part));
        }

        Tensor value = sum.Over(rows).squeeze(0).to_type(ScalarType.Float32);
        return (value.MoveToOuterDisposeScope(), gradient?.MoveToOuterDisposeScope());
    }
}
