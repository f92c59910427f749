using Screener.Augmentation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Augmentation;

public sealed class AxialGaussianTests
{
    [Theory]
    [InlineData(3, 20, 33, 1.5, 1.5, 1.2)]
    [InlineData(2, 5, 7, 0.5, 0.7, 1.5)]
    [InlineData(1, 1, 40, 3, 1, 1.4)]
    [InlineData(2, 9, 16, 3, 3, 0.3)]
    [InlineData(2, 9, 16, 3, 3, 0)]
    public void AgreesWithScipy(int depth, int height, int width, double spacingH, double spacingW, double sigmaMm)
    {
        var shape = new VolumeShape(depth, height, width);
        var random = new RandomStream(8);
        var patch = new float[shape.VoxelCount];
        for (int i = 0; i < patch.Length; i++)
            patch[i] = (float)random.NextDouble();
        using var folder = new TemporaryFolder();
        RawFloats.Write(folder["in"], patch);
        PythonOracle.Run(["numpy", "scipy.ndimage"], """
            import sys
            import numpy as np
            from scipy.ndimage import gaussian_filter
            shape, sigma = tuple(map(int, sys.argv[3:6])), tuple(map(float, sys.argv[6:8]))
            image = np.fromfile(sys.argv[1], np.float32).reshape(shape).astype(np.float64)
            gaussian_filter(image, (0,) + sigma).astype(np.float32).tofile(sys.argv[2])
            """, folder["in"], folder["out"], $"{depth}", $"{height}", $"{width}", $"{sigmaMm / spacingH}", $"{sigmaMm / spacingW}");
        float[] expected = RawFloats.Read(folder["out"]);
        AxialGaussian.Blur(patch, shape, new Spacing(1, spacingH, spacingW), sigmaMm);
        for (int i = 0; i < patch.Length; i++)
            Assert.Equal(expected[i], patch[i], 1e-5);
    }
}
