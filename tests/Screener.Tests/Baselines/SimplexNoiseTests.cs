using System.Globalization;
using Screener.Baselines;
using Screener.Randomness;

namespace Screener.Tests.Baselines;

public sealed class SimplexNoiseTests
{
    // Brute force: every point of the lattice adds its gradient times a bump that ends at a distance of sqrt(0.5).
    private const string Script = """
        import sys, itertools, numpy as np
        order = np.fromfile(sys.argv[1] + '/order', np.uint8)
        g = [(1,1,0),(-1,1,0),(1,-1,0),(-1,-1,0),(1,0,1),(-1,0,1),(1,0,-1),(-1,0,-1),(0,1,1),(0,-1,1),(0,1,-1),(0,-1,-1)]
        for p in np.fromfile(sys.argv[1] + '/at', np.float32).astype(np.float64).reshape(-1, 3):
            base = np.floor(p + p.sum() / 3).astype(int); v = 0
            for o in itertools.product(range(-2, 4), repeat=3):
                q = base + o; r = p - (q - q.sum() / 6); k = .5 - r @ r
                if k > 0:
                    n = order[(q[0] + order[(q[1] + order[q[2] & 255]) & 255]) & 255] % 12
                    v += k**4 * (np.array(g[n]) @ r)
            print(repr(float(v)))
        """;

    [Fact]
    public void AsAllPointsOfTheLatticeAddUp()
    {
        using var folder = new TemporaryFolder();
        var random = new RandomStream(3);
        byte[] order = SimplexNoise.Order(random);
        Assert.Equal(256, order.Distinct().Count());
        float[] at = [.. Enumerable.Range(0, 300).Select(_ => (float)random.Uniform(-20, 200))];
        File.WriteAllBytes(folder["order"], order);
        RawFloats.Write(folder["at"], at);
        double[] expected =
        [
            .. PythonOracle.Run(["numpy"], Script, folder.FullName).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(v => double.Parse(v, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(100, expected.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], SimplexNoise.At(at[3 * i], at[(3 * i) + 1], at[(3 * i) + 2], order), 1e-12);
    }

    [Fact]
    public void OverACropMeanIsZeroAndDeviationOne()
    {
        float[] noise = SimplexNoise.Of(new(12, 14, 16), 4, 0.8, 16, new RandomStream(1));
        double mean = noise.Average(v => (double)v);
        Assert.Equal(0, mean, 1e-5);
        Assert.Equal(1, noise.Average(v => (v - mean) * (v - mean)), 1e-4);
    }
}
