using Screener.Models;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>The learned condition: the masking-invariant model's map with everything visible (arXiv 2502.08321, section 3.2).</summary>
/// <param name="model">The trained condition model; the caller keeps owning it.</param>
public sealed class MaskingInvariantCondition(ConditionModel model) : Condition
{
    /// <inheritdoc/>
    public override string Name => "masking-invariant";

    /// <inheritdoc/>
    public override int Channels => model.Options.DescriptorChannels;

    /// <inheritdoc/>
    public override Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel) =>
        model.ForwardPooled(images, null, poolKernel);
}
