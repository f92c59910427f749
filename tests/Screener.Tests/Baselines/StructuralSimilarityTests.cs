using System.Globalization;
using Screener.Baselines;
using Screener.Errors;
using Screener.Randomness;
using TorchSharp;

namespace Screener.Tests.Baselines;

[Collection(TorchCollection.Name)]
public sealed class StructuralSimilarityTests
{
    private const string Script = """
        import sys, numpy as np
        from skimage.metrics import structural_similarity
        a, b = (np.fromfile(sys.argv[1] + '/' + n, np.float32).reshape(13, 15, 18).astype(np.float64) for n in 'ab')
        print(repr(float(structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1))))
        """;

    [Theory]
    [InlineData(1, 0.02)]
    [InlineData(2, 0.3)]
    [InlineData(3, 1)]
    public void AsScikitImageHasIt(ulong seed, double noise)
    {
        using var folder = new TemporaryFolder();
        var (a, b) = Pair(seed, noise);
        RawFloats.Write(folder["a"], a);
        RawFloats.Write(folder["b"], b);
        double expected = double.Parse(PythonOracle.Run(["skimage"], Script, folder.FullName), CultureInfo.InvariantCulture);
        using var scope = torch.NewDisposeScope();
        Assert.Equal(expected, Mean(a, b), 1e-5);
        Assert.Equal(1, Mean(a, a), 1e-5);

        // Two volumes: the mean of both.
        using var both = StructuralSimilarity.Mean(torch.cat([Volume(a), Volume(a)]), torch.cat([Volume(b), Volume(a)]));
        Assert.Equal((expected + 1) / 2, both.item<float>(), 1e-5);
    }

    [Fact]
    public void TheGradientIsTheSlope()
    {
        using var scope = torch.NewDisposeScope();
        var (a, b) = Pair(7, 0.2);
        var x = Volume(a).to_type(torch.ScalarType.Float32).requires_grad_(true);
        StructuralSimilarity.Mean(x, Volume(b)).backward();
        float[] slopes = x.grad!.flatten().data<float>().ToArray();
        foreach (int i in new[] { 0, 6 + (18 * (7 + (15 * 6))), 9 + (18 * (8 + (15 * 5))) })
        {
            float[] up = [.. a], down = [.. a];
            up[i] += 0.02f;
            down[i] -= 0.02f;
            Assert.Equal((Mean(up, b) - Mean(down, b)) / 0.04, slopes[i], 2e-4);
        }
    }

    [Fact]
    public void VolumesThatHoldNoWindowAreRefused()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Throws<OptionException>(() => StructuralSimilarity.Mean(Wide(10), Wide(10)));
        Assert.Throws<OptionException>(() => StructuralSimilarity.Mean(Wide(11), Wide(12)));

        static torch.Tensor Wide(long width) => torch.zeros([1, 1, 11, 11, width]);
    }

    private static torch.Tensor Volume(float[] voxels) => torch.tensor(voxels, [1, 1, 13, 15, 18]);

    private static double Mean(float[] a, float[] b)
    {
        using var mean = StructuralSimilarity.Mean(Volume(a), Volume(b));
        return mean.item<float>();
    }

    private static (float[] A, float[] B) Pair(ulong seed, double noise)
    {
        var random = new RandomStream(seed);
        float[] a = [.. Enumerable.Range(0, 13 * 15 * 18).Select(_ => (float)random.Uniform(0, 1))];
        return (a, [.. a.Select(v => (float)Math.Clamp(v + (noise * random.NextGaussian()), 0, 1))]);
    }
}
