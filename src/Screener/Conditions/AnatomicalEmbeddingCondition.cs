using Screener.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>
/// The anatomical position that a network reads from the patch (APE, arXiv 2409.10291), each of its three numbers expanded to sines
/// and cosines (arXiv 2502.08321, ablation and published code).
/// </summary>
public sealed record AnatomicalEmbeddingCondition : PositionalCondition
{
    private readonly DenseNetwork? _network;

    /// <summary>The condition before it has its network.</summary>
    public AnatomicalEmbeddingCondition()
    {
    }

    /// <param name="network">The trained embedding network; the caller keeps owning it.</param>
    public AnatomicalEmbeddingCondition(DenseNetwork network) => _network = network;

    /// <inheritdoc/>
    public override string Name => "ape";

    /// <inheritdoc/>
    public override string FormerName => "AnatomicalEmbedding";

    /// <inheritdoc/>
    public override string NetworkStage => AnatomicalEmbeddingModel.StageName;

    /// <inheritdoc/>
    public override Condition Over(DenseNetwork network) => new AnatomicalEmbeddingCondition(network)
    {
        Frequencies = Frequencies, LowestOctave = LowestOctave,
    };

    /// <inheritdoc/>
    public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
    {
        using Tensor positions = _network!.ForwardPooled(images, poolKernel);
        return Expand(positions);
    }
}
