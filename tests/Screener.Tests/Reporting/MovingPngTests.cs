using System.Globalization;
using Screener.Errors;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed class MovingPngTests
{
    [Fact]
    public void AnotherDecoderSeesTheSameFrames()
    {
        var random = new RandomStream(7);
        var still = Noise(random, 31, 17);
        List<RgbImage> frames = [Noise(random, 31, 17)];
        foreach (var (x, y, width, height) in new[] { (3, 2, 9, 5), (0, 0, 1, 1), (30, 16, 1, 1), (0, 0, 31, 17) })
        {
            var next = new RgbImage(31, 17);
            next.Paste(frames[^1], 0, 0);
            next.Paste(Noise(random, width, height), x, y);
            frames.Add(next);
        }

        frames.Add(frames[^1]);   // nothing changes
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["moving.png"], MovingPng.Encode(still, frames, 350, 3000));
        string[] lines = PythonOracle.Run(
            ["PIL"],
            """
            import sys
            from PIL import Image
            i = Image.open(sys.argv[1])
            print(i.info['default_image'], i.info['loop'], i.n_frames)
            for k in range(i.n_frames):
                i.seek(k)
                print(i.info.get('duration'), i.convert('RGB').tobytes().hex())
            """,
            folder["moving.png"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"True 0 {frames.Count + 1}", lines[0].Trim());
        Assert.EndsWith(Hex(still), lines[1].Trim());
        for (int i = 0; i < frames.Count; i++)
        {
            string[] words = lines[i + 2].Trim().Split(' ');
            Assert.Equal(i == frames.Count - 1 ? 3000.0 : 350.0, double.Parse(words[0], CultureInfo.InvariantCulture));
            Assert.Equal(Hex(frames[i]), words[1]);
        }
    }

    [Fact]
    public void OnlyWhatChangedIsWritten()
    {
        var random = new RandomStream(8);
        var first = Noise(random, 200, 200);
        var second = new RgbImage(200, 200);
        second.Paste(first, 0, 0);
        second.Paste(Noise(random, 10, 10), 90, 40);
        int one = MovingPng.Encode(first, [first], 100, 100).Length, two = MovingPng.Encode(first, [first, second], 100, 100).Length;
        Assert.InRange(two - one, 1, 600);
    }

    [Fact]
    public void FramesOfAnotherSizeAndNoneAreRefused()
    {
        Assert.Contains(
            "5 x 4", Assert.Throws<OptionException>(() => MovingPng.Encode(new RgbImage(5, 4), [new RgbImage(4, 4)], 100, 100)).Message);
        Assert.Throws<OptionException>(() => MovingPng.Encode(new RgbImage(5, 4), [], 100, 100));
    }

    private static RgbImage Noise(RandomStream random, int width, int height)
    {
        var image = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                image[x, y] = new Rgb((byte)random.NextInt(256), (byte)random.NextInt(256), (byte)random.NextInt(256));
        }

        return image;
    }

    private static string Hex(RgbImage image)
    {
        var bytes = new List<byte>();
        for (int y = 0; y < image.Height; y++)
        {
            foreach (var p in image.Row(y))
                bytes.AddRange([p.R, p.G, p.B]);
        }

        return Convert.ToHexStringLower([.. bytes]);
    }
}
