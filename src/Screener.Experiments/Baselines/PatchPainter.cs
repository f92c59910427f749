using Screener.Imaging;
using Screener.Randomness;
using Screener.SyntheticLesions;

namespace Screener.Baselines;

/// <summary>Blends patches of other crops into a crop, and draws decoys: regions with noise, another brightness or turned.</summary>
internal sealed class PatchPainter(VolumeShape shape, ForeignPatchOptions options)
{
    internal void Paint(float[] crop, float[] target, Func<float[]> other, RandomStream random)
    {
        for (int decoys = random.NextInt(options.MostDecoys + 1); decoys > 0; decoys--)
            Decoy(crop, random);
        for (int patches = random.NextInt(options.MostPatches + 1); patches > 0; patches--)
        {
            float[] region = Region(random), foreign = other();
            double opacity = random.Uniform(options.LeastOpacity, 1);
            if (random.Chance(options.SeamlessShare))
            {
                bool[] inside = Array.ConvertAll(region, part => part > 0.5f);
                SeamlessBlending.Blend(crop, foreign, inside, shape, opacity);
                for (int i = 0; i < target.Length; i++)
                    target[i] = inside[i] ? Math.Max(target[i], (float)opacity) : target[i];
                continue;
            }

            for (int i = 0; i < crop.Length; i++)
            {
                float part = (float)opacity * region[i];
                crop[i] += part * (foreign[i] - crop[i]);
                target[i] = Math.Max(target[i], part);
            }
        }
    }

    private void Decoy(float[] crop, RandomStream random)
    {
        float[] region = Region(random);
        int kind = random.NextInt(3);
        float strength = (float)random.Uniform(-0.04, 0.04);
        float[] before = [.. crop];
        for (int i = 0; i < crop.Length; i++)
        {
            if (region[i] == 0)
                continue;
            float after = kind switch
            {
                0 => before[i] + (strength * (float)random.NextGaussian()),
                1 => before[i] + strength,
                _ => before[Mirrored(i)],
            };
            crop[i] = Math.Clamp(before[i] + (region[i] * (after - before[i])), 0, 1);
        }
    }

    private int Mirrored(int i) => i - (i % shape.Width) + shape.Width - 1 - (i % shape.Width);

    // How much of each voxel lies in a turned box, a ball or a lump, with an edge of a voxel or two.
    private float[] Region(RandomStream random)
    {
        int shortest = Math.Min(shape.Depth, Math.Min(shape.Height, shape.Width));
        double radius = shortest * Math.Exp(random.Uniform(Math.Log(options.LeastRadius), Math.Log(options.MostRadius)));
        double edge = random.Uniform(1, 3);
        (int D, int H, int W) centre = (random.NextInt(shape.Depth), random.NextInt(shape.Height), random.NextInt(shape.Width));
        Func<int, int, int, double> distance = random.NextInt(3) switch
        {
            0 => TurnedBox(centre, radius, random),
            1 => (d, h, w) => Length(d - centre.D, h - centre.H, w - centre.W) - radius,
            _ => new LesionShape(centre, radius, edge, roughness: 2, random).Distance,
        };
        var region = new float[shape.CheckedLength()];
        int i = 0;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                    region[i++] = (float)Math.Clamp(0.5 - (distance(d, h, w) / edge), 0, 1);
            }
        }

        return region;
    }

    private static Func<int, int, int, double> TurnedBox((int D, int H, int W) centre, double radius, RandomStream random)
    {
        // Two random directions, made orthogonal, and the one across.
        var u = Unit(random.NextGaussian(), random.NextGaussian(), random.NextGaussian());
        var v = (random.NextGaussian(), random.NextGaussian(), random.NextGaussian());
        double along = Dot(u, v);
        v = Unit(v.Item1 - (along * u.D), v.Item2 - (along * u.H), v.Item3 - (along * u.W));
        var n = ((u.H * v.Item3) - (u.W * v.Item2), (u.W * v.Item1) - (u.D * v.Item3), (u.D * v.Item2) - (u.H * v.Item1));
        double a = radius * random.Uniform(0.6, 1.4), b = radius * random.Uniform(0.6, 1.4), c = radius * random.Uniform(0.6, 1.4);
        return (d, h, w) =>
        {
            var at = ((double)d - centre.D, (double)h - centre.H, (double)w - centre.W);
            return Math.Max(Math.Abs(Dot(u, at)) - a, Math.Max(Math.Abs(Dot(v, at)) - b, Math.Abs(Dot(n, at)) - c));
        };
    }

    private static (double D, double H, double W) Unit(double d, double h, double w)
    {
        double length = Length(d, h, w);
        return (d / length, h / length, w / length);
    }

    private static double Length(double d, double h, double w) => Math.Sqrt((d * d) + (h * h) + (w * w));

    private static double Dot((double D, double H, double W) a, (double D, double H, double W) b) =>
        (a.D * b.D) + (a.H * b.H) + (a.W * b.W);
}
