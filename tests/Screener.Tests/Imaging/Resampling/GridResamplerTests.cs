using System.Globalization;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Resampling;

public sealed class GridResamplerTests
{
    public static TheoryData<string> Maps =>
        ["finer", "coarser", "shifted out", "reversed and exchanged", "tilted", "tilted and coarser", "single slice"];

    [Theory]
    [MemberData(nameof(Maps))]
    public void LinearAndNearestAgreeWithScipy(string name)
    {
        var from = new VolumeGrid(new(9, 14, 21), new(0.8, 0, 0, -7, 0, 0.9, 0, 3, 0, 0, 2.5, 11));
        var box = GridResampler.WithSpacing(from, new(1.3, 0.51, 0.47));
        var to = name switch
        {
            "finer" => box,
            "coarser" => GridResampler.WithSpacing(from, new(3.1, 2, 1.9)),
            "shifted out" => new VolumeGrid(new(12, 20, 30), new(0.7, 0, 0, -9, 0, 0.8, 0, 1, 0, 0, 2.4, 5)),
            "reversed and exchanged" => new VolumeGrid(new(17, 30, 11), new(0, 0, 0.9, -6, 0, -0.5, 0, 15, 2.2, 0, 0, 10)),
            "tilted" => box with { Affine = new(0.45, 0.1, -0.05, -6, -0.1, 0.5, 0.07, 4, 0.03, -0.1, 1.2, 12) },
            "tilted and coarser" => new VolumeGrid(new(5, 7, 9), new(1.7, 0.3, 0.2, -6, -0.4, 1.6, 0.3, 4, 0.1, -0.2, 4, 12)),
            _ => new VolumeGrid(new(1, 20, 20), new(0.8, 0, 0, -7, 0, 0.9, 0, 3, 0, 0, 1, 20)),
        };
        var random = new RandomStream(3);
        var voxels = new float[from.Shape.VoxelCount];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (float)random.Uniform(-1000, 2000);
        var labels = Array.ConvertAll(voxels, v => (byte)(int)((v + 1000) / 20));

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["voxels"], MemoryMarshal.AsBytes(voxels.AsSpan()).ToArray());
        File.WriteAllBytes(folder["labels"], labels);
        PythonOracle.Run(["numpy", "scipy.ndimage"], """
            import sys, numpy as np
            from scipy.ndimage import map_coordinates
            folder, source, target, a, b = sys.argv[1], *[np.array(s.split(','), float) for s in sys.argv[2:]]
            source, target = source.astype(int), target.astype(int)
            a, b = [np.vstack([m.reshape(3, 4), [0, 0, 0, 1]]) for m in (a, b)]
            d, h, w = np.meshgrid(*[np.arange(n) for n in target], indexing='ij')
            whd = np.linalg.inv(a) @ b @ np.stack([w.ravel(), h.ravel(), d.ravel(), np.ones(d.size)])
            at = whd[2::-1].reshape(3, *target)
            inside = np.all([(p >= -0.5 - 1e-4) & (p <= n - 0.5 + 1e-4) for p, n in zip(at, source)], axis=0)
            voxels = np.fromfile(folder + '/voxels', np.float32).reshape(source).astype(np.float64)
            linear = np.where(inside, map_coordinates(voxels, at, order=1, mode='nearest'), -5000)
            linear.astype(np.float32).tofile(folder + '/linear')
            labels = np.fromfile(folder + '/labels', np.uint8).reshape(source)
            # ndimage's order=0 rounds ties as its version likes; the nearest index is plain arithmetic.
            index = [np.clip(np.floor(np.clip(p, 0, n - 1) + 0.5).astype(int), 0, n - 1) for p, n in zip(at, source)]
            np.where(inside, labels[tuple(index)], 77).astype(np.uint8).tofile(folder + '/nearest')
            # Where rounding could go either way the two answers may differ.
            tie = np.any([np.abs(p - np.floor(p) - 0.5) < 1e-6 for p in at], axis=0)
            tie.astype(np.uint8).tofile(folder + '/tie')
            print(inside.mean())
            """, folder.FullName, Numbers(from.Shape), Numbers(to.Shape), Numbers(from.Affine), Numbers(to.Affine));

        var expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["linear"])).ToArray();
        var one = GridResampler.Linear(voxels, from, to, -5000, threads: 1);
        Assert.Equal(expected.Length, one.Length);
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(expected[i], one[i], 1e-3f);
        Assert.Equal(one, GridResampler.Linear(voxels, from, to, -5000, threads: 3));

        byte[] tie = File.ReadAllBytes(folder["tie"]), nearest = File.ReadAllBytes(folder["nearest"]);
        var two = GridResampler.Nearest(labels, from, to, 77, threads: 2);
        Assert.True(tie.Count(t => t != 0) < tie.Length / 2);
        for (int i = 0; i < two.Length; i++)
            Assert.True(tie[i] != 0 || nearest[i] == two[i], $"voxel {i}: {two[i]} instead of {nearest[i]}");
    }

    [Fact]
    public void HalfAVoxelOutsideTakesTheEdgeAndBeyondIsOutside()
    {
        var from = new VolumeGrid(new(1, 1, 3), Affine.Identity);
        var to = new VolumeGrid(new(1, 1, 9), Affine.Canonical(new(1, 1, 0.5), x: -1));
        // Positions -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3.
        Assert.Equal([-9, 10, 10, 15, 20, 30, 40, 40, -9], GridResampler.Linear([10, 20, 40], from, to, -9));
        Assert.Equal([9, 1, 1, 2, 2, 3, 3, 3, 9], GridResampler.Nearest([1, 2, 3], from, to, 9));
    }

    [Fact]
    public void WithSpacingKeepsTheOuterCornerAndRoundsTheShape()
    {
        // LIDC-IDRI-0314's grid: 275 slices of 1 mm, 512 pixels of 0.78125 mm.
        var grid = new VolumeGrid(new(275, 512, 512), new(-0.78125, 0, 0, 200, 0, -0.78125, 0, 200, 0, 0, 1, -300));
        var other = GridResampler.WithSpacing(grid, new(2.25, 1.5, 1.5));
        Assert.Equal(new VolumeShape(122, 267, 267), other.Shape);
        Assert.Equal(2.25, other.Spacing.Depth, 1e-12);
        Assert.Equal(1.5, other.Spacing.Width, 1e-12);
        var (a, b) = (grid.Affine.ToWorld(-0.5, -0.5, -0.5), other.Affine.ToWorld(-0.5, -0.5, -0.5));
        Assert.Equal(a.X, b.X, 1e-9);
        Assert.Equal(a.Y, b.Y, 1e-9);
        Assert.Equal(a.Z, b.Z, 1e-9);
        Assert.Equal(grid.Shape, GridResampler.WithSpacing(grid, grid.Spacing).Shape);
        Assert.Equal(new VolumeShape(1, 1, 1), GridResampler.WithSpacing(grid, new(9999, 9999, 9999)).Shape);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e-6)]
    public void ImpossibleSpacingsAreRefused(double spacing) =>
        Assert.Throws<OptionException>(
            () => GridResampler.WithSpacing(new VolumeGrid(new(100, 100, 100), Affine.Identity), new(spacing, spacing, spacing)));

    [Fact]
    public void CancellingStops() => Assert.ThrowsAny<OperationCanceledException>(() => GridResampler.Linear(
        new float[8], new VolumeGrid(new(2, 2, 2), Affine.Identity), new VolumeGrid(new(4, 4, 4), Affine.Identity), 0, 1,
        new CancellationToken(true)));

    private static string Numbers(VolumeShape s) => $"{s.Depth},{s.Height},{s.Width}";

    private static string Numbers(Affine a) => string.Join(
        ',', Enumerable.Range(0, 12).Select(i => a[i / 4, i % 4].ToString("R", CultureInfo.InvariantCulture)));
}
