using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Losses;

/// <summary>The weights of VICReg's three terms.</summary>
public sealed record DenseVicRegOptions
{
    /// <summary>The paper's weights: 25, 25, 1.</summary>
    public static DenseVicRegOptions Paper { get; } = new();

    /// <summary>Weight of the invariance term.</summary>
    public double Invariance { get; init; } = 25;

    /// <summary>Weight of the variance term.</summary>
    public double Variance { get; init; } = 25;

    /// <summary>Weight of the covariance term.</summary>
    public double Covariance { get; init; } = 1;

    /// <summary>Added to the variance under the root.</summary>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Invariance), Invariance, 0, 1e6);
        OptionException.ThrowIfOutside(nameof(Variance), Variance, 0, 1e6);
        OptionException.ThrowIfOutside(nameof(Covariance), Covariance, 0, 1e6);
        OptionException.ThrowIfOutside(nameof(Epsilon), Epsilon, 1e-12, 1);
    }
}

/// <summary>The loss and its unweighted terms, scalars that the caller owns; disposing this disposes them.</summary>
/// <param name="Total">The weighted sum, to call backward on; first derivatives only. The terms have none.</param>
/// <param name="Invariance">Mean squared difference of the two views.</param>
/// <param name="Variance">Mean hinge of the standard deviations, averaged over the views.</param>
/// <param name="Covariance">Squared off-diagonal covariances over h, averaged over the views.</param>
public sealed record VicRegTerms(Tensor Total, Tensor Invariance, Tensor Variance, Tensor Covariance) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Total.Dispose();
        Invariance.Dispose();
        Variance.Dispose();
        Covariance.Dispose();
    }
}

/// <summary>VICReg over positive pairs of positions (arXiv 2105.04906, equations 1-6; arXiv 2502.08321, section 3.1).</summary>
/// <param name="options">The weights; null means the paper's.</param>
public sealed class DenseVicRegLoss(DenseVicRegOptions? options = null)
{
    private readonly DenseVicRegOptions _options = Checked(options);

    /// <summary>The loss of N positive pairs.</summary>
    /// <param name="z1">Projected descriptors of the first view, [N, h], float32, N at least 2.</param>
    /// <param name="z2">The same positions in the second view, [N, h].</param>
    /// <returns>Scalars that the caller owns. Variances and covariances are the unbiased ones (N - 1).</returns>
    /// <exception cref="OptionException">The shapes differ or there are fewer than two pairs.</exception>
    public VicRegTerms Forward(Tensor z1, Tensor z2)
    {
        PairShape.Check(z1, z2, minimumPairs: 2);
        using var scope = NewDisposeScope();
        bool wanted = z1.requires_grad || z2.requires_grad;
        Tensor invariance, variance, covariance, total;
        Tensor? slope1, slope2;
        using (no_grad())
        {
            Tensor difference = z1 - z2;
            invariance = difference.Squared().mean();
            (Tensor variance1, Tensor covariance1, slope1) = Spread(z1, wanted);
            (Tensor variance2, Tensor covariance2, slope2) = Spread(z2, wanted);
            variance = variance1.Plus(variance2).Over(2);
            covariance = covariance1.Plus(covariance2).Over(2);
            total = invariance.Times(_options.Invariance).Plus(variance.Times(_options.Variance)).Plus(
                covariance.Times(_options.Covariance));
            difference.Multiply(2 * _options.Invariance / difference.NumberOfElements);
            slope1?.Increase(difference);
            slope2?.sub_(difference);
        }

        if (slope1 is not null && z1.requires_grad)
            total = KnownGradient.Attach(total, z1, slope1);
        if (slope2 is not null && z2.requires_grad)
            total = KnownGradient.Attach(total, z2, slope2);
        return new VicRegTerms(
            total.MoveToOuterDisposeScope(),
            invariance.MoveToOuterDisposeScope(),
            variance.MoveToOuterDisposeScope(),
            covariance.MoveToOuterDisposeScope());
    }

    private static DenseVicRegOptions Checked(DenseVicRegOptions? options)
    {
        options ??= DenseVicRegOptions.Paper;
        options.Validate();
        return options;
    }

    // With Z centred and C = Z'Z / (n - 1): the derivative by Z of the mean hinge of sqrt(C_jj + e) is -Z diag(1 / sqrt(C_jj + e)) over
    // h (n - 1) where the hinge is open, that of the squared entries beside the diagonal, over h, is 4 Z C / (h (n - 1)), C without its
    // diagonal. Both are one product of Z. Tracing them would take one more, and these products are most of the loss.
    private (Tensor Variance, Tensor Covariance, Tensor? Slope) Spread(Tensor z, bool wantsSlope)
    {
        using var scope = NewDisposeScope();
        long n = z.shape[0], h = z.shape[1];
        Tensor centred = z - z.mean([0], keepdim: true);
        Tensor products = centred.t().matmul(centred).Divide(n - 1);
        Tensor diagonal = products.diagonal();
        Tensor deviation = diagonal.Plus(_options.Epsilon).sqrt();
        Tensor hinge = (-deviation).Plus(1).relu();
        diagonal.zero_();
        Tensor covariance = products.Squared().sum().Over(h);
        Tensor? slope = null;
        if (wantsSlope)
        {
            // Half of each term is this view's.
            products.Multiply(2 * _options.Covariance);
            diagonal.copy_(hinge.sign().div_(deviation).Multiply(-_options.Variance / 2));
            slope = centred.matmul(products).Divide((double)h * (n - 1)).MoveToOuterDisposeScope();
        }

        return (hinge.mean().MoveToOuterDisposeScope(), covariance.MoveToOuterDisposeScope(), slope);
    }
}
