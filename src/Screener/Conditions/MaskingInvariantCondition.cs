using Screener.Models;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>The learned condition: the masking-invariant model's map with everything visible (arXiv 2502.08321, section 3.2).</summary>
public sealed record MaskingInvariantCondition : Condition
{
    private readonly DenseNetwork? _network;

    /// <summary>The condition before it has its network.</summary>
    public MaskingInvariantCondition()
    {
    }

    /// <param name="network">The trained condition model; the caller keeps owning it.</param>
    public MaskingInvariantCondition(DenseNetwork network) => _network = network;

    /// <inheritdoc/>
    public override string Name => "masking-invariant";

    /// <inheritdoc/>
    public override string PaperName => Name;

    /// <inheritdoc/>
    public override string NetworkStage => ConditionModel.StageName;

    /// <inheritdoc/>
    public override int Channels => _network!.Options.DescriptorChannels;

    /// <inheritdoc/>
    public override string ContentKey => "";

    /// <inheritdoc/>
    public override Condition Over(DenseNetwork network) => new MaskingInvariantCondition(network);

    /// <inheritdoc/>
    public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel) =>
        _network!.ForwardPooled(images, poolKernel);

    internal override int ChannelsOver(UNetOptions network) => network.DescriptorChannels;
}
