using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class ProjectorTests
{
    [Fact]
    public void EqualsHandWrittenLoops()
    {
        using var projector = new Projector(5, new ProjectorOptions { Width = 64 }, new RandomStream(1)).Shaken();
        using var y = SmallNetworks.Random(2, 3, 5);
        using var z = projector.forward(y);
        Assert.Equal(new long[] { 3, 64 }, z.shape);
        var state = projector.state_dict();
        float[] Of(string name) => state[name].data<float>().ToArray();
        Assert.DoesNotContain("layer3.bias", state.Keys);
        for (int row = 0; row < 3; row++)
        {
            double[] x = [.. Enumerable.Range(0, 5).Select(i => (double)y[row, i].item<float>())];
            x = Normal(Linear(x, Of("layer1.weight"), Of("layer1.bias")), Of("norm1.weight"), Of("norm1.bias"));
            x = Normal(Linear(x, Of("layer2.weight"), Of("layer2.bias")), Of("norm2.weight"), Of("norm2.bias"));
            x = Linear(x, Of("layer3.weight"), new float[64]);
            for (int k = 0; k < 64; k++)
                Assert.Equal(x[k], z[row, k].item<float>(), 1e-3);
        }

        static double[] Linear(double[] x, float[] weight, float[] bias) =>
            [.. bias.Select((b, o) => b + x.Select((v, i) => v * weight[(o * x.Length) + i]).Sum())];

        // 32 groups of two channels, then SiLU.
        static double[] Normal(double[] x, float[] weight, float[] bias)
        {
            var result = new double[x.Length];
            for (int g = 0; g < 32; g++)
            {
                double mean = (x[2 * g] + x[(2 * g) + 1]) / 2, half = (x[2 * g] - x[(2 * g) + 1]) / 2;
                for (int k = 2 * g; k <= (2 * g) + 1; k++)
                {
                    double v = ((x[k] - mean) / Math.Sqrt((half * half) + 1e-5) * weight[k]) + bias[k];
                    result[k] = v / (1 + Math.Exp(-v));
                }
            }

            return result;
        }
    }

    [Fact]
    public void ThePapersProjectorIs8192Wide()
    {
        Assert.Equal(8192, ProjectorOptions.Paper.Width);
        using var projector = new Projector(32, ProjectorOptions.Quick, new RandomStream(1));
        const long h = 512;
        Assert.Equal((32 * h) + h + (2 * h) + (h * h) + h + (2 * h) + (h * h), projector.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void InBFloat16ResultsStayClose()
    {
        using var projector = new Projector(32, ProjectorOptions.Quick, new RandomStream(1));
        using var y = SmallNetworks.Random(2, 100, 32);
        using var expected = projector.forward(y);
        projector.Precision = ComputePrecision.BFloat16;
        using var z = projector.forward(y);
        Assert.Equal(ScalarType.Float32, z.dtype);
        using var error = (z - expected).square().mean().sqrt() / expected.std();
        Assert.InRange(error.item<float>(), 1e-6, 0.03);
    }

    [Fact]
    public void NothingLeaksAndWrongWidthsAreRefused()
    {
        using var projector = new Projector(5, new ProjectorOptions { Width = 64 }, new RandomStream(1));
        using var y = SmallNetworks.Random(2, 3, 5);
        TensorLeaks.Check(() => [projector.forward(y)]);
        Assert.Throws<OptionException>(() => new Projector(5, new ProjectorOptions { Width = 100 }, new RandomStream(1)));
    }
}
