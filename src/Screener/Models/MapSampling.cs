using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Values of a map between its voxels.</summary>
internal static class MapSampling
{
    /// <summary>Trilinear samples of [N, d, D', H', W'] at [N, P, 3] positions in input voxels, [N * P, d].</summary>
    internal static Tensor At(Tensor map, Tensor positions, int stride)
    {
        using var scope = NewDisposeScope();
        long n = map.shape[0], channels = map.shape[1], count = positions.shape[1];
        Tensor last = tensor(new float[] { map.shape[2] - 1, map.shape[3] - 1, map.shape[4] - 1 }, device: map.device);
        Tensor at = ((positions.to_type(ScalarType.Float32) + 0.5) / stride) - 0.5;
        at = minimum(at.clamp_min(0), last);

        // grid_sample wants (w, h, d) in [-1, 1] from the first voxel's centre to the last's.
        Tensor grid = ((at * 2 / last.clamp_min(1)) - 1).flip(-1).view(n, count, 1, 1, 3);
        Tensor samples = nn.functional.grid_sample(map, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: true);
        return samples.view(n, channels, count).transpose(1, 2).reshape(n * count, channels).MoveToOuterDisposeScope();
    }
}
