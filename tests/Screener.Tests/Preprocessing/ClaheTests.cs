using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Preprocessing;

public sealed class ClaheTests
{
    private const string Script = """
        import sys
        import numpy as np
        from skimage.exposure import equalize_adapthist
        d, h, w = map(int, sys.argv[3:6])
        image = np.fromfile(sys.argv[1], np.float32).reshape(d, h, w)
        equalize_adapthist(image, clip_limit=float(sys.argv[6]), nbins=int(sys.argv[7])).astype(np.float32).tofile(sys.argv[2])
        """;

    [Theory]
    [InlineData(40, 48, 56, 0.01, 256)]
    [InlineData(33, 47, 61, 0.01, 256)]
    [InlineData(9, 65, 23, 0.01, 256)]
    [InlineData(1, 40, 50, 0.01, 256)]
    [InlineData(2, 3, 17, 0.01, 256)]
    [InlineData(30, 41, 29, 0, 256)]
    [InlineData(30, 41, 29, 1, 256)]
    [InlineData(30, 41, 29, 0.2, 100)]
    [InlineData(30, 41, 29, 0.02, 16)]
    public void AgreesWithScikitImage(int depth, int height, int width, double clipLimit, int bins)
    {
        PythonOracle.Require("skimage");
        var shape = new VolumeShape(depth, height, width);
        float[] image = Scene(shape, 11);
        Compare(image, shape, new ClaheOptions { ClipLimit = clipLimit, Bins = bins });
    }

    [Fact]
    public void AConstantVolumeIsWhatScikitImageMakesOfIt()
    {
        var shape = new VolumeShape(8, 9, 10);
        var image = new float[shape.VoxelCount];
        Array.Fill(image, 0.25f);
        Compare(image, shape, ClaheOptions.Paper);
    }

    [Fact]
    public void TheNumberOfThreadsChangesNothing()
    {
        var shape = new VolumeShape(31, 42, 53);
        float[] one = Scene(shape, 5), three = Scene(shape, 5);
        Clahe.Equalise(one, shape, ClaheOptions.Paper, 1, TestContext.Current.CancellationToken);
        Clahe.Equalise(three, shape, ClaheOptions.Paper, 3, TestContext.Current.CancellationToken);
        Assert.Equal(one, three);
        Assert.Equal(0, one.Min());
        Assert.Equal(1, one.Max());
    }

    [Fact]
    public void WrongOptionsNameTheField()
    {
        Assert.Equal("Clahe.Bins", Refused(new ClaheOptions { Bins = 257 }));
        Assert.Equal("Clahe.ClipLimit", Refused(new ClaheOptions { ClipLimit = double.NaN }));
        Assert.Equal("Clahe.RegionsPerAxis", Refused(new ClaheOptions { RegionsPerAxis = 0 }));

        static string Refused(ClaheOptions options) =>
            Assert.Throws<OptionException>(() => Clahe.Equalise(new float[8], new VolumeShape(2, 2, 2), options, 1)).Subject;
    }

    private static void Compare(float[] image, VolumeShape shape, ClaheOptions options)
    {
        using var folder = new TemporaryFolder();
        RawFloats.Write(folder["in"], image);
        PythonOracle.Run(
            ["numpy", "skimage"], Script, folder["in"], folder["out"],
            $"{shape.Depth}", $"{shape.Height}", $"{shape.Width}", $"{options.ClipLimit}", $"{options.Bins}");
        float[] expected = RawFloats.Read(folder["out"]);
        Clahe.Equalise(image, shape, options, 2, TestContext.Current.CancellationToken);

        // The demand is a mean of 1/255. The definitions being equal, only single gray levels (1/16383) may differ by rounding, and the
        // stretch with them.
        double mean = image.Zip(expected, (a, b) => Math.Abs((double)a - b)).Average(), worst = image.Zip(
            expected, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(mean < 2.5e-4 && worst < 5e-3, $"mean difference {mean:g3}, worst {worst:g3}");
    }

    // Air, soft tissue with a gradient and a ball, bone-like specks and noise.
    private static float[] Scene(VolumeShape shape, ulong seed)
    {
        var random = new RandomStream(seed);
        var image = new float[shape.VoxelCount];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    double y = (h + 0.5) / shape.Height, x = (w + 0.5) / shape.Width;
                    double value = Math.Abs(x - 0.5) + Math.Abs(y - 0.5) > 0.45
                        ? 0
                        : 0.7 + (0.1 * x) + (Math.Sqrt(Math.Pow(x - 0.4, 2) + Math.Pow(y - 0.5, 2)) < 0.1 ? 0.05 : 0);
                    value += value > 0 ? 0.01 * random.NextGaussian() : 0;
                    image[shape.Index(d, h, w)] = (float)Math.Clamp(random.Chance(0.01) ? 1 : value, 0, 1);
                }
            }
        }

        return image;
    }
}
