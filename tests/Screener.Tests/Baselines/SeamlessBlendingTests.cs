using System.Globalization;
using Screener.Baselines;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Baselines;

public sealed class SeamlessBlendingTests
{
    private static readonly VolumeShape Shape = new(9, 11, 13);

    private const string Script = """
        import sys, numpy as np, scipy.sparse as sp
        from scipy.sparse.linalg import spsolve
        folder, alpha = sys.argv[1], float(sys.argv[2])
        x, p, m = (np.fromfile(folder + '/' + n, np.float32).astype(np.float64).reshape(9, 11, 13) for n in 'xpm')
        m = m > 0
        for axis in range(3):
            m = np.moveaxis(m, axis, 0); m[0] = m[-1] = False; m = np.moveaxis(m, 0, axis)
        at = np.argwhere(m); number = {tuple(v): k for k, v in enumerate(at)}
        rows, cols, vals, b = [], [], [], np.zeros(len(at))
        for k, v in enumerate(at):
            rows.append(k); cols.append(k); vals.append(6)
            for axis in range(3):
                for s in (-1, 1):
                    j = v.copy(); j[axis] += s; j = tuple(j); i = tuple(v)
                    b[k] += alpha * (p[i] - p[j]) + (1 - alpha) * (x[i] - x[j])
                    if j in number: rows.append(k); cols.append(number[j]); vals.append(-1)
                    else: b[k] += x[j]
        x[m] = np.clip(spsolve(sp.csc_matrix((vals, (rows, cols))), b), 0, 1)
        x.astype(np.float32).tofile(folder + '/out')
        """;

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.4)]
    public void AsTheLinearSystemSolved(ulong seed, double opacity)
    {
        using var folder = new TemporaryFolder();
        var (crop, patch, region) = Case(seed);
        RawFloats.Write(folder["x"], crop);
        RawFloats.Write(folder["p"], patch);
        RawFloats.Write(folder["m"], Array.ConvertAll(region, r => r ? 1f : 0));
        PythonOracle.Run(["scipy"], Script, folder.FullName, opacity.ToString(CultureInfo.InvariantCulture));
        float[] before = [.. crop], expected = RawFloats.Read(folder["out"]);
        SeamlessBlending.Blend(crop, patch, region, Shape, opacity, tolerance: 1e-7);
        for (int i = 0; i < crop.Length; i++)
        {
            Assert.Equal(expected[i], crop[i], 1e-5f);
            if (!region[i])
                Assert.Equal(before[i], crop[i]);
        }

        Assert.NotEqual(before, crop);
    }

    [Fact]
    public void ACropBlendedWithItselfStays()
    {
        var (crop, _, region) = Case(3);
        float[] before = [.. crop];
        SeamlessBlending.Blend(crop, [.. crop], region, Shape, 1);
        for (int i = 0; i < crop.Length; i++)
            Assert.Equal(before[i], crop[i], 1e-5f);
    }

    private static (float[] Crop, float[] Patch, bool[] Region) Case(ulong seed)
    {
        var random = new RandomStream(seed);
        int voxels = Shape.CheckedLength();
        float[] Draw() => [.. Enumerable.Range(0, voxels).Select(_ => (float)random.Uniform(0.3, 0.7))];

        // Two pieces, one of which reaches the border.
        var region = new bool[voxels];
        for (int i = 0; i < voxels; i++)
        {
            int w = i % 13, h = i / 13 % 11, d = i / (13 * 11);
            region[i] = ((d - 4) * (d - 4)) + ((h - 4) * (h - 4)) + ((w - 4) * (w - 4)) < 8 || (w > 9 && h > 6);
        }

        return (Draw(), Draw(), region);
    }
}
