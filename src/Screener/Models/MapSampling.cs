using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Values of maps between their voxels, as float32 rows.</summary>
internal static class MapSampling
{
    /// <summary>Positions [N, P, 3] in input voxels as coordinates on a grid <paramref name="stride"/> times coarser, clamped to its voxel centres.</summary>
    internal static Tensor Coordinates(Tensor positions, int stride, long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor at = (positions.to_type(ScalarType.Float32).Plus(RootedScalar.Of(0.5)) / RootedScalar.Of(stride)) - RootedScalar.Of(0.5);
        return minimum(at.clamp_min(RootedScalar.Of(0)), LastVoxel(shape, positions.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Trilinear samples of [N, C, D, H, W] at coordinates [N, P, 3]: [N * P, C].</summary>
    internal static Tensor Trilinear(Tensor map, Tensor at)
    {
        using var scope = NewDisposeScope();
        long n = map.shape[0], channels = map.shape[1], count = at.shape[1];

        // grid_sample wants (w, h, d) in [-1, 1] from the first voxel's centre to the last's.
        Tensor grid = ((at * RootedScalar.Of(2) / LastVoxel(map.shape, map.device).clamp_min(RootedScalar.Of(1))) - RootedScalar.Of(1)).flip(-1).view(n, count, 1, 1, 3);
        Tensor samples = nn.functional.grid_sample(map.to_type(ScalarType.Float32), grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: true);
        return samples.view(n, channels, count).transpose(1, 2).reshape(n * count, channels).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Trilinear samples of a map that is first upsampled by 2 to the grid of <paramref name="fineShape"/>, at coordinates
    /// [N, P, 3] of that grid: [N * P, C]. The upsampled map is never made.
    /// </summary>
    /// <remarks>Along each axis two fine neighbours touch at most three coarse voxels, so a sample is a sum over 27.</remarks>
    internal static Tensor Upsampled(Tensor coarse, long[] fineShape, Tensor at)
    {
        using var scope = NewDisposeScope();
        long n = coarse.shape[0], channels = coarse.shape[1], count = n * at.shape[1];
        Tensor index = RootedArithmetic.Range(0, n, at.device).repeat_interleave(at.shape[1]).view(count, 1, 1, 1);
        Tensor? weight = null;
        for (int axis = 0; axis < 3; axis++)
        {
            var (taps, weights) = Taps(at.select(2, axis).flatten(), coarse.shape[axis + 2], fineShape[axis + 2]);
            long[] shape = [count, 1, 1, 1];
            shape[axis + 1] = 3;
            index = (index * RootedScalar.Of(coarse.shape[axis + 2])).Plus(taps.view(shape));
            weight = weight is null ? weights.view(shape) : weight * weights.view(shape);
        }

        Tensor rows = coarse.to_type(ScalarType.Float32).permute(0, 2, 3, 4, 1).reshape(-1, channels);
        Tensor touched = rows.index_select(0, index.flatten()).view(count, 27, channels);
        return weight!.view(count, 1, 27).bmm(touched).view(count, channels).MoveToOuterDisposeScope();
    }

    // For fine coordinates [M]: three neighbouring coarse voxels [M, 3] and what each contributes, [M, 3].
    private static (Tensor Voxels, Tensor Weights) Taps(Tensor at, long coarse, long fine)
    {
        Tensor matrix = tensor(MapFitting.UpsamplingMatrix(coarse, fine), device: at.device);
        Tensor low = at.floor(), high = low.Plus(RootedScalar.Of(1)).clamp_max(RootedScalar.Of(fine - 1));
        Tensor between = (at - low).unsqueeze(1);
        Tensor below = matrix.index_select(0, low.to_type(ScalarType.Int64));
        Tensor above = matrix.index_select(0, high.to_type(ScalarType.Int64));
        Tensor dense = below.Plus((above - below) * between);

        // The first coarse voxel that the lower fine neighbour touches; near the far edge a window of three starts earlier.
        Tensor first = ((low.clamp_max(RootedScalar.Of((2 * coarse) - 1)) / RootedScalar.Of(2)) - RootedScalar.Of(0.25)).floor().clamp(RootedScalar.Of(0), RootedScalar.Of(Math.Max(0, coarse - 3))).to_type(ScalarType.Int64);
        Tensor voxels = first.unsqueeze(1).Plus(RootedArithmetic.Range(0, 3, at.device));
        if (coarse < 3)
            dense = nn.functional.pad(dense, [0, 3 - coarse]);
        Tensor weights = dense.gather(1, voxels);
        return (voxels.clamp_max(RootedScalar.Of(coarse - 1)), weights);
    }

    private static Tensor LastVoxel(long[] shape, Device device) =>
        tensor(new float[] { shape[2] - 1, shape[3] - 1, shape[4] - 1 }, device: device);
}
