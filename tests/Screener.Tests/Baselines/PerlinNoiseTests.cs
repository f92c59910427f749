using Screener.Baselines;
using Screener.Randomness;

namespace Screener.Tests.Baselines;

public sealed class PerlinNoiseTests
{
    // Another way round: for each axis the corners' weighted sums are taken one after the other.
    private const string Script = """
        import sys, numpy as np
        cells, shape = (2, 3, 1), (9, 14, 10)
        g = np.fromfile(sys.argv[1] + '/g', np.float32).astype(np.float64).reshape(3, 4, 2, 3)
        at = [(np.arange(n) + .5) * c / n for n, c in zip(shape, cells)]
        fade = lambda t: 6 * t**5 - 15 * t**4 + 10 * t**3
        out = np.zeros(shape)
        for d, z in enumerate(at[0]):
            for h, y in enumerate(at[1]):
                for w, x in enumerate(at[2]):
                    p = np.array([z, y, x]); low = np.minimum(p.astype(int), np.array(cells) - 1); f = p - low
                    v = np.array([[[g[tuple(low + (a, b, c))] @ (f - (a, b, c)) for c in (0, 1)] for b in (0, 1)] for a in (0, 1)])
                    for t in f:
                        v = v[0] + fade(t) * (v[1] - v[0])
                    out[d, h, w] = v
        (2 / np.sqrt(3) * out).astype(np.float32).tofile(sys.argv[1] + '/noise')
        """;

    [Fact]
    public void AsComputedCornerByCorner()
    {
        using var folder = new TemporaryFolder();
        var random = new RandomStream(5);
        var gradients = Enumerable.Range(0, 3 * 4 * 2).Select(_ => Unit(random)).ToArray();
        RawFloats.Write(folder["g"], [.. gradients.SelectMany(g => new[] { (float)g.D, (float)g.H, (float)g.W })]);
        PythonOracle.Run(["numpy"], Script, folder.FullName);
        float[] expected = RawFloats.Read(folder["noise"]), noise = PerlinNoise.Of(2, 3, 1, gradients, new(9, 14, 10));
        for (int i = 0; i < noise.Length; i++)
            Assert.Equal(expected[i], noise[i], 1e-6f);
    }

    [Fact]
    public void ItStaysWithinOneAndFillsARange()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var random = new RandomStream(seed);
            float[] noise = PerlinNoise.Of(() => 1 << random.NextInt(4), new(16, 18, 20), random);
            Assert.All(noise, v => Assert.InRange(v, -1.0001f, 1.0001f));
            Assert.True(noise.Max() - noise.Min() > 0.3, $"{seed}");
        }
    }

    private static (double D, double H, double W) Unit(RandomStream random)
    {
        double d = random.NextGaussian(), h = random.NextGaussian(), w = random.NextGaussian(), n = Math.Sqrt((d * d) + (h * h) + (w * w));
        return (d / n, h / n, w / n);
    }
}
