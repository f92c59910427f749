using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Maps [N, C, D, H, W] whose channels lie side by side in memory, voxel after voxel.</summary>
/// <remarks>In this order torch's CPU convolutions need no copies in an order of their own, and a 1^3 convolution is one matrix
/// product. The shape stays; only the strides differ, and results do not.</remarks>
internal static class ChannelsLast
{
    /// <summary>The map in this order; itself where it is so already.</summary>
    internal static Tensor Of(Tensor map)
    {
        long[] shape = map.shape;
        if (Is(shape, map.stride()))
            return map;

        // One channel lies the same either way, but torch reads its stride.
        return (shape[1] == 1 ? map.contiguous().view(shape[0], shape[2], shape[3], shape[4], 1) : map.permute(0, 2, 3, 4, 1).contiguous())
            .permute(0, 4, 1, 2, 3);
    }

    /// <summary>All voxels as rows [N * D * H * W, C].</summary>
    internal static Tensor Rows(Tensor map) => Of(map).permute(0, 2, 3, 4, 1).reshape(-1, map.shape[1]);

    /// <summary>Rows of all voxels as a map of <paramref name="shape"/>, of which the channels are taken from the rows.</summary>
    internal static Tensor Map(Tensor rows, long[] shape) => rows.view(shape[0], shape[2], shape[3], shape[4], -1).permute(0, 4, 1, 2, 3);

    private static bool Is(long[] shape, long[] stride)
    {
        long expected = 1;
        foreach (int axis in (ReadOnlySpan<int>)[1, 4, 3, 2, 0])
        {
            if (stride[axis] != expected)
                return false;
            expected *= shape[axis];
        }

        return true;
    }
}
