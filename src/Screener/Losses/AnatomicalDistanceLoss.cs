using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Losses;

/// <summary>The units and the weights of the loss of anatomical positional embeddings.</summary>
public sealed record AnatomicalDistanceOptions
{
    /// <summary>The published code's: standardised positions, both terms of weight 1.</summary>
    public static AnatomicalDistanceOptions Paper { get; } = new();

    /// <summary>For a thousand steps: decimetres, and numbers that span four of them from the start.</summary>
    public static AnatomicalDistanceOptions Quick { get; } = new() { UnitMm = 100, ScaleStart = 4 };

    /// <summary>Weight of the invariance term; the distance term's is 1.</summary>
    public double Invariance { get; init; } = 1;

    /// <summary>
    /// What is one unit of distance, in mm. 0 means the standard deviation of the sampled positions, along each axis on its own, as in
    /// the published code: a unit then grows with the part of the body that is scanned.
    /// </summary>
    public double UnitMm { get; init; }

    /// <summary>
    /// What the learnt scale of each number starts from, in these units; numbers in (0, 1) span no more than it. The published 1 takes
    /// thousands of steps to grow to a body's size.
    /// </summary>
    public double ScaleStart { get; init; } = 1;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Invariance), Invariance, 0, 1e6);
        OptionException.ThrowIfOutside(nameof(UnitMm), UnitMm, 0, 1e4);
        OptionException.ThrowIfOutside(nameof(ScaleStart), ScaleStart, 1e-3, 1e3);
    }
}

/// <summary>The loss and its unweighted terms, scalars that the caller owns; disposing this disposes them.</summary>
/// <param name="Total">The weighted sum, to call backward on.</param>
/// <param name="Distance">Mean squared difference of distances between embeddings and distances between positions.</param>
/// <param name="Invariance">Mean squared difference of the two views' embeddings.</param>
public sealed record AnatomicalDistanceTerms(Tensor Total, Tensor Distance, Tensor Invariance) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Total.Dispose();
        Distance.Dispose();
        Invariance.Dispose();
    }
}

/// <summary>
/// What trains anatomical positional embeddings (arXiv 2409.10291 and published code): embeddings of one volume's voxels lie as far
/// apart as the voxels do, and a voxel's embedding is the same in two views of it.
/// </summary>
/// <param name="options">Units and weights; null means the published ones.</param>
public sealed class AnatomicalDistanceLoss(AnatomicalDistanceOptions? options = null)
{
    private const double LeastDeviationMm = 1e-3;

    private readonly AnatomicalDistanceOptions _options = Checked(options);

    /// <summary>The loss of K voxels of one volume.</summary>
    /// <param name="e1">Embeddings in the first view, times the learned scale, [K, 3], float32, K at least 2.</param>
    /// <param name="e2">The same voxels' in the second view, [K, 3].</param>
    /// <param name="positions">Where the voxels are, mm, [K, 3], float32.</param>
    /// <returns>Scalars that the caller owns. Distances are Euclidean, between each voxel of the first view and each of the
    /// second.</returns>
    /// <exception cref="OptionException">The shapes differ or there are fewer than two voxels.</exception>
    public AnatomicalDistanceTerms Forward(Tensor e1, Tensor e2, Tensor positions)
    {
        PairShape.Check(e1, e2, minimumPairs: 2);
        PairShape.Check(e1, positions, minimumPairs: 2);
        using var scope = NewDisposeScope();
        Tensor physical;
        using (no_grad())
        {
            Tensor unit = _options.UnitMm > 0
                ? tensor([(float)_options.UnitMm], device: positions.device)
                : positions.std(0, unbiased: true, keepdim: true).AtLeast(LeastDeviationMm);
            Tensor standard = (positions - positions.mean([0], keepdim: true)) / unit;
            physical = Distances(standard, standard);
        }

        Tensor distance = nn.functional.mse_loss(Distances(e1, e2), physical);
        Tensor invariance = nn.functional.mse_loss(e1, e2);
        Tensor total = distance.Plus(invariance.Times(_options.Invariance));
        return new AnatomicalDistanceTerms(
            total.MoveToOuterDisposeScope(), distance.MoveToOuterDisposeScope(), invariance.MoveToOuterDisposeScope());
    }

    // Without the matrix product, which loses short distances to rounding. The derivative of a distance of 0 is 0.
    private static Tensor Distances(Tensor a, Tensor b) => cdist(a, b, 2, compute_mode.donot_use_mm_for_euclid_dist);

    private static AnatomicalDistanceOptions Checked(AnatomicalDistanceOptions? options)
    {
        options ??= AnatomicalDistanceOptions.Paper;
        options.Validate();
        return options;
    }
}
