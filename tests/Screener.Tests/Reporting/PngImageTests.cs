using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed class PngImageTests
{
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(7, 3, true)]
    [InlineData(64, 33, false)]
    [InlineData(301, 200, true)]
    public void AnotherDecoderReadsTheSamePixels(int width, int height, bool grey)
    {
        var random = new RandomStream(5);
        var image = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                // Half smooth, half noise, so that every row filter is the best one somewhere.
                byte smooth = (byte)((x * 3) + (y * 5)), noise = (byte)random.NextInt(256);
                byte r = y % 3 == 0 ? noise : smooth;
                image[x, y] = grey ? Rgb.Grey(r) : new Rgb(r, (byte)(255 - x), noise);
            }
        }

        string path = Path.Combine(Path.GetTempPath(), $"screener-{Guid.NewGuid():N}.png");
        try
        {
            PngImage.Save(image, path);
            string output = PythonOracle.Run(
                ["PIL"],
                """
                import sys
                from PIL import Image
                i = Image.open(sys.argv[1]); i.load()
                print(i.mode, i.size[0], i.size[1])
                print(i.convert('RGB').tobytes().hex())
                """,
                path);
            string[] lines = output.Split('\n');
            Assert.Equal($"{(grey ? "L" : "RGB")} {width} {height}", lines[0].Trim());
            var bytes = new List<byte>();
            for (int y = 0; y < height; y++)
            {
                foreach (var p in image.Row(y))
                    bytes.AddRange([p.R, p.G, p.B]);
            }

            Assert.Equal(Convert.ToHexStringLower([.. bytes]), lines[1].Trim());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ColorMapsAreMatplotlibs()
    {
        string output = PythonOracle.Run(
            ["matplotlib"],
            """
            from matplotlib import cm
            for i in range(256):
                print(*[255 * v for v in cm.get_cmap('inferno')(i)[:3]])
            """);
        double[][] expected = [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ').Select(double.Parse).ToArray())];
        Assert.Equal(256, expected.Length);
        for (int i = 0; i < 256; i++)
        {
            var color = ColorMap.Inferno[i / 255.0];
            Assert.InRange(Math.Abs(color.R - expected[i][0]), 0, 2);
            Assert.InRange(Math.Abs(color.G - expected[i][1]), 0, 2);
            Assert.InRange(Math.Abs(color.B - expected[i][2]), 0, 2);
        }

        Assert.Equal(ColorMap.Inferno[0], ColorMap.Inferno[double.NaN]);
        Assert.Equal(ColorMap.Inferno[1], ColorMap.Inferno[double.PositiveInfinity]);
        Assert.Equal(ColorMap.Inferno[0], ColorMap.Inferno[-3]);
    }

    [Theory]
    [InlineData(-1350, 0)]
    [InlineData(-600, 128)]
    [InlineData(150, 255)]
    [InlineData(-5000, 0)]
    [InlineData(5000, 255)]
    [InlineData(double.NaN, 0)]
    public void TheLungWindowRunsFromMinus1350To150(double hu, int grey) =>
        Assert.Equal(grey, WindowPreset.Lung.ToGrey(hu));
}
