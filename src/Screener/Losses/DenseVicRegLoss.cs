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
/// <param name="Total">The weighted sum, to call backward on.</param>
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
        Tensor invariance = nn.functional.mse_loss(z1, z2);
        (Tensor variance1, Tensor covariance1) = Spread(z1);
        (Tensor variance2, Tensor covariance2) = Spread(z2);
        Tensor variance = variance1.Plus(variance2) / RootedScalar.Of(2);
        Tensor covariance = covariance1.Plus(covariance2) / RootedScalar.Of(2);
        Tensor total = (invariance * RootedScalar.Of(_options.Invariance)).Plus(variance * RootedScalar.Of(_options.Variance)).Plus(covariance * RootedScalar.Of(_options.Covariance));
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

    private (Tensor Variance, Tensor Covariance) Spread(Tensor z)
    {
        using var scope = NewDisposeScope();
        long n = z.shape[0], h = z.shape[1];
        Tensor centred = z - z.mean([0], keepdim: true);
        Tensor deviation = (centred.Squared().sum([0]) / RootedScalar.Of(n - 1)).Plus(RootedScalar.Of(_options.Epsilon)).sqrt();
        Tensor variance = (-deviation).Plus(RootedScalar.Of(1)).relu().mean();
        (Tensor value, Tensor? gradient) = OffDiagonal(centred.detach(), z.requires_grad);
        Tensor covariance = gradient is null ? value : KnownGradient.Attach(value, centred, gradient);
        return (variance.MoveToOuterDisposeScope(), covariance.MoveToOuterDisposeScope());
    }

    // With C = Z'Z / (n - 1) and its diagonal struck out, the derivative of |C|^2 / h by Z is 4 Z C / (h (n - 1)): tracing it
    // would take one product more, and these products are most of the loss.
    private static (Tensor Value, Tensor? Gradient) OffDiagonal(Tensor centred, bool wantsGradient)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long n = centred.shape[0], h = centred.shape[1];
        Tensor covariance = centred.t().matmul(centred).div_(RootedScalar.Of(n - 1));
        covariance.diagonal().zero_();
        Tensor value = covariance.Squared().sum() / RootedScalar.Of(h);
        Tensor? gradient = wantsGradient ? centred.matmul(covariance).mul_(RootedScalar.Of(4.0 / (h * (n - 1)))) : null;
        return (value.MoveToOuterDisposeScope(), gradient?.MoveToOuterDisposeScope());
    }
}
