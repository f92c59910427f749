using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>No condition: the density is q(y).</summary>
public sealed record NoCondition : Condition
{
    /// <inheritdoc/>
    public override string Name => "none";

    /// <inheritdoc/>
    public override string PaperName => Name;

    /// <inheritdoc/>
    public override int Channels => 0;

    /// <inheritdoc/>
    public override string ContentKey => "";

    /// <inheritdoc/>
    public override bool IsCheap => true;

    /// <inheritdoc/>
    public override Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel) => null;
}
