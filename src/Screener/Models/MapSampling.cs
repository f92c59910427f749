using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Values of maps between their voxels, as float32 rows.</summary>
internal static class MapSampling
{
    /// <summary>
    /// Positions [N, P, 3] in input voxels as coordinates on a grid <paramref name="stride"/> times coarser, clamped to its voxel centres.
    /// </summary>
    internal static Tensor Coordinates(Tensor positions, int stride, long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor at = positions.to_type(ScalarType.Float32).Plus(0.5).Over(stride).Minus(0.5);
        return minimum(at.AtLeast(0), LastVoxel(shape, positions.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Trilinear samples of [N, C, D, H, W] at coordinates [N, P, 3]: [N * P, C].</summary>
    internal static Tensor Trilinear(Tensor map, Tensor at) => Weighted(map, at, 2, (along, size) =>
    {
        Tensor low = along.floor().AtMost(Math.Max(0, size - 2)), above = (along - low).unsqueeze(1);
        Tensor voxels = low.to_type(ScalarType.Int64).unsqueeze(1).Plus(RootedArithmetic.Range(0, 2, at.device));
        return (voxels.AtMost(size - 1), cat([above.neg().Plus(1), above], 1));
    });

    /// <summary>
    /// Trilinear samples of a map that is first upsampled by 2 to the grid of <paramref name="fineShape"/>, at coordinates
    /// [N, P, 3] of that grid: [N * P, C]. The upsampled map is never made.
    /// </summary>
    /// <remarks>Along each axis two fine neighbours touch at most three coarse voxels, so a sample is a sum over 27.</remarks>
    internal static Tensor Upsampled(Tensor coarse, long[] fineShape, Tensor at)
    {
        int axis = 2;
        return Weighted(coarse, at, 3, (along, size) => Taps(along, size, fineShape[axis++]));
    }

    // Samples that are sums over a few voxels along each axis: their numbers and weights, [M, taps], for coordinates [M] along it.
    private static Tensor Weighted(Tensor map, Tensor at, int taps, Func<Tensor, long, (Tensor Voxels, Tensor Weights)> along)
    {
        using var scope = NewDisposeScope();
        long n = map.shape[0], channels = map.shape[1], count = n * at.shape[1];
        Tensor index = RootedArithmetic.Range(0, n, at.device).repeat_interleave(at.shape[1]).view(count, 1, 1, 1);
        Tensor? weight = null;
        for (int axis = 0; axis < 3; axis++)
        {
            long size = map.shape[axis + 2];
            var (voxels, weights) = along(at.select(2, axis).flatten(), size);
            long[] shape = [count, 1, 1, 1];
            shape[axis + 1] = taps;
            index = index.Times(size).Plus(voxels.view(shape));
            weight = weight is null ? weights.view(shape) : weight * weights.view(shape);
        }

        int all = taps * taps * taps;
        Tensor touched = ChannelsLast.Rows(map).to_type(ScalarType.Float32).index_select(0, index.flatten()).view(count, all, channels);
        return weight!.view(count, 1, all).bmm(touched).view(count, channels).MoveToOuterDisposeScope();
    }

    // For fine coordinates [M]: three neighbouring coarse voxels [M, 3] and what each contributes, [M, 3].
    private static (Tensor Voxels, Tensor Weights) Taps(Tensor at, long coarse, long fine)
    {
        Tensor matrix = TensorMemory.Of(MapFitting.UpsamplingMatrix(coarse, fine)).to(at.device);
        Tensor low = at.floor(), high = low.Plus(1).AtMost(fine - 1);
        Tensor between = (at - low).unsqueeze(1);
        Tensor below = matrix.index_select(0, low.to_type(ScalarType.Int64));
        Tensor above = matrix.index_select(0, high.to_type(ScalarType.Int64));
        Tensor dense = below.Plus((above - below) * between);

        // The first coarse voxel that the lower fine neighbour touches; near the far edge a window of three starts earlier.
        Tensor first = low.AtMost((2 * coarse) - 1).Over(2).Minus(0.25).floor().AtLeast(0).AtMost(Math.Max(0, coarse - 3)).to_type(
            ScalarType.Int64);
        Tensor voxels = first.unsqueeze(1).Plus(RootedArithmetic.Range(0, 3, at.device));
        if (coarse < 3)
            dense = nn.functional.pad(dense, [0, 3 - coarse]);
        Tensor weights = dense.gather(1, voxels);
        return (voxels.AtMost(coarse - 1), weights);
    }

    private static Tensor LastVoxel(long[] shape, Device device) =>
        tensor(new float[] { shape[2] - 1, shape[3] - 1, shape[4] - 1 }, device: device);
}
