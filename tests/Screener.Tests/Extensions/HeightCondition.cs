using Screener.Conditions;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Extensions;

/// <summary>How high in the body a position is, 0 to 1 and on a scale.</summary>
public sealed record HeightCondition : Condition
{
    public override string Name => "height";

    public override int Channels => 1;

    public override string ContentKey => FormattableString.Invariant($"height times {Scale}");

    public double Scale { get; init; } = 1;

    public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
    {
        using var scope = NewDisposeScope();
        long[] size = [1, images.shape[2] / poolKernel[0], images.shape[3] / poolKernel[1], images.shape[4] / poolKernel[2]];
        return stack([.. placements.Select(place =>
        {
            float[] heights = [.. Enumerable.Range(0, (int)size[1]).Select(
                d => (float)(Scale * (place.D + ((d + 0.5) * poolKernel[0])) / place.Volume.Depth))];
            return tensor(heights, [1, size[1], 1, 1]).expand(size);
        })]).MoveToOuterDisposeScope();
    }
}
