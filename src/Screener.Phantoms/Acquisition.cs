using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>What the scanner does to the picture: blur within and across slices, correlated noise, streaks through the shoulders.</summary>
internal static class Acquisition
{
    internal static float[] Acquire(RandomStream random, CleanScan scan, PatientTraits traits, CancellationToken cancellation)
    {
        var shape = scan.Layout.Grid.Shape;
        int pixels = shape.Height * shape.Width;
        var settings = random.Fork("kernel");
        // The reconstruction kernel: sharper ones blur less and leave more, finer noise.
        float blur = (float)settings.Uniform(0.10, 0.19);
        float noiseBlur = (float)settings.Uniform(0.10, 0.24);
        float across = scan.Layout.SliceSpacing >= 4 ? 0.12f : 0.18f;
        float level = traits.Noise * MathF.Sqrt(3 / MathF.Max(1, scan.Layout.SliceSpacing));

        var result = new float[scan.Hu.Length];
        BlurAcross(scan.Hu, result, pixels, shape.Depth, across);
        var noise = new float[pixels];
        var previous = new float[pixels];
        var row = new float[Math.Max(shape.Width, shape.Height)];
        // White noise of unit variance keeps (1 - 2k)^2 + 2 k^2 of it per axis.
        float kept = Square(1 - (2 * noiseBlur)) + (2 * noiseBlur * noiseBlur);
        const float between = 0.35f;
        float unit = 1 / (kept * MathF.Sqrt(1 + (between * between)));
        for (int d = 0; d < shape.Depth; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            var slice = result.AsSpan(d * pixels, pixels);
            BlurWithin(slice, shape.Height, shape.Width, blur, row);
            var stream = random.Fork((ulong)d);
            White(stream, noise);
            BlurWithin(noise, shape.Height, shape.Width, noiseBlur, row);
            var depth = scan.Depth.AsSpan(d * pixels, pixels);
            float streaks = Shoulders(depth, shape.Width, scan.Layout.Pixel);
            for (int h = 0; h < shape.Height; h++)
            {
                float streak = 0;
                for (int w = 0; w < shape.Width; w++)
                {
                    int i = (h * shape.Width) + w;
                    // Photons are scarcest in the middle of the body.
                    float local = 0.5f + (0.0052f * Math.Clamp((int)depth[i], 0, 100));
                    streak = (0.93f * streak) + (0.37f * noise[i]);
                    float sum = (noise[i] + (between * previous[i])) * unit;
                    float value = slice[i] + (level * local * (sum + (streaks * streak * unit)));
                    slice[i] = MathF.Round(Math.Clamp(value, -1024, 3071));
                }
            }

            (noise, previous) = (previous, noise);
        }

        return result;
    }

    // Streaks along the shoulders' long axis: 0 for an ordinary cross-section, about 1 for a wide one.
    private static float Shoulders(ReadOnlySpan<sbyte> depth, int width, float pixel)
    {
        int widest = 0;
        for (int start = 0; start < depth.Length; start += width)
        {
            int inside = 0;
            foreach (sbyte mm in depth.Slice(start, width))
                inside += mm > 0 ? 1 : 0;
            widest = Math.Max(widest, inside);
        }

        return Math.Clamp(((widest * pixel) - 345) / 90, 0, 1);
    }

    private static void White(RandomStream random, float[] noise)
    {
        // Four uniform 16-bit numbers add up to nearly a normal one; the blur that follows does the rest.
        const float scale = 1 / 37837.2f; // sqrt(4 * 65536^2 / 12)
        for (int i = 0; i < noise.Length; i++)
        {
            ulong bits = random.NextBits();
            noise[i] = ((ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (float)(ushort)(bits >> 48) - 131070f) * scale;
        }
    }

    private static void BlurAcross(float[] source, float[] target, int pixels, int depth, float k)
    {
        for (int d = 0; d < depth; d++)
        {
            var here = source.AsSpan(d * pixels, pixels);
            var below = source.AsSpan(Math.Max(0, d - 1) * pixels, pixels);
            var above = source.AsSpan(Math.Min(depth - 1, d + 1) * pixels, pixels);
            var to = target.AsSpan(d * pixels, pixels);
            for (int i = 0; i < to.Length; i++)
                to[i] = ((1 - (2 * k)) * here[i]) + (k * (below[i] + above[i]));
        }
    }

    private static void BlurWithin(Span<float> slice, int height, int width, float k, float[] row)
    {
        for (int h = 0; h < height; h++)
        {
            var line = slice.Slice(h * width, width);
            line.CopyTo(row);
            for (int w = 0; w < width; w++)
                line[w] = ((1 - (2 * k)) * row[w]) + (k * (row[Math.Max(0, w - 1)] + row[Math.Min(width - 1, w + 1)]));
        }

        // Down the columns, a whole row at a time: the row above is needed as it was.
        slice[..width].CopyTo(row);
        for (int h = 0; h < height; h++)
        {
            var line = slice.Slice(h * width, width);
            var next = slice.Slice(Math.Min(height - 1, h + 1) * width, width);
            for (int w = 0; w < width; w++)
            {
                float here = line[w];
                line[w] = ((1 - (2 * k)) * here) + (k * (row[w] + next[w]));
                row[w] = here;
            }
        }
    }

    private static float Square(float v) => v * v;
}
