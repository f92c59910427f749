using Screener.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>
/// The anatomical position that a network reads from the patch (APE, arXiv 2409.10291), each of its three numbers expanded to sines
/// and cosines (arXiv 2502.08321, ablation and published code).
/// </summary>
/// <param name="model">The trained embedding network; the caller keeps owning it.</param>
/// <param name="options">The frequencies; null means the paper's, 24 features.</param>
public sealed class AnatomicalEmbeddingCondition(AnatomicalEmbeddingModel model, SinCosOptions? options = null) : Condition
{
    private readonly SinCosExpansion _expansion = new(options);

    /// <inheritdoc/>
    public override string Name => "ape";

    /// <inheritdoc/>
    public override int Channels => AnatomicalEmbeddingModel.Axes * _expansion.Features;

    /// <inheritdoc/>
    public override Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
    {
        using Tensor positions = model.ForwardPooled(images, null, poolKernel);
        return _expansion.Expand(positions);
    }
}
