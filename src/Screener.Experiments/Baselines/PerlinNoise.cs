using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Baselines;

/// <summary>Gradient noise (Perlin 2002): 0 at the points of a lattice, smooth between them, scaled to reach about -1 and 1.</summary>
internal static class PerlinNoise
{
    // |noise| is at most half of a cell's diagonal.
    private static readonly double Scale = 2 / Math.Sqrt(3);

    /// <summary>Noise with random gradients.</summary>
    /// <param name="cells">Draws the number of cells along an axis.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="random">Draws the gradients.</param>
    internal static float[] Of(Func<int> cells, VolumeShape shape, RandomStream random)
    {
        int depths = cells(), heights = cells(), widths = cells();
        var gradients = new (double D, double H, double W)[(depths + 1) * (heights + 1) * (widths + 1)];
        for (int i = 0; i < gradients.Length; i++)
        {
            double d = random.NextGaussian(), h = random.NextGaussian(), w = random.NextGaussian();
            double length = Math.Sqrt((d * d) + (h * h) + (w * w));
            gradients[i] = (d / length, h / length, w / length);
        }

        return Of(depths, heights, widths, gradients, shape);
    }

    /// <summary>Noise with these gradients, unit vectors at the lattice's (depths + 1) x (heights + 1) x (widths + 1) points.</summary>
    internal static float[] Of(int depths, int heights, int widths, (double D, double H, double W)[] gradients, VolumeShape shape)
    {
        var noise = new float[shape.CheckedLength()];
        int i = 0;
        for (int d = 0; d < shape.Depth; d++)
        {
            var (z, fz) = Cell(d, shape.Depth, depths);
            for (int h = 0; h < shape.Height; h++)
            {
                var (y, fy) = Cell(h, shape.Height, heights);
                for (int w = 0; w < shape.Width; w++)
                {
                    var (x, fx) = Cell(w, shape.Width, widths);
                    double sum = 0;
                    for (int corner = 0; corner < 8; corner++)
                    {
                        int a = corner >> 2, b = (corner >> 1) & 1, c = corner & 1;
                        var g = gradients[((((z + a) * (heights + 1)) + y + b) * (widths + 1)) + x + c];
                        double weight = Fade(a == 0 ? 1 - fz : fz) * Fade(b == 0 ? 1 - fy : fy) * Fade(c == 0 ? 1 - fx : fx);
                        sum += weight * ((g.D * (fz - a)) + (g.H * (fy - b)) + (g.W * (fx - c)));
                    }

                    noise[i++] = (float)(Scale * sum);
                }
            }
        }

        return noise;
    }

    private static (int Cell, double Part) Cell(int position, int size, int cells)
    {
        double at = (position + 0.5) * cells / size;
        int cell = Math.Min((int)at, cells - 1);
        return (cell, at - cell);
    }

    // 6t^5 - 15t^4 + 10t^3; those of t and 1 - t add up to 1.
    private static double Fade(double t) => t * t * t * ((t * ((t * 6) - 15)) + 10);
}
