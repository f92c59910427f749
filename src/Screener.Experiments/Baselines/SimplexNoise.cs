using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Baselines;

/// <summary>
/// Simplex noise (Perlin 2001) in several octaves, as AnoDDPM (Wyatt 2022) gives it to diffusion: coarse noise hides lesions whole. Mean 0
/// and deviation 1 over the crop.
/// </summary>
internal static class SimplexNoise
{
    // 12 directions to the middles of a cube's edges.
    private static readonly (int D, int H, int W)[] Directions =
    [
        (1, 1, 0), (-1, 1, 0), (1, -1, 0), (-1, -1, 0), (1, 0, 1), (-1, 0, 1), (1, 0, -1), (-1, 0, -1), (0, 1, 1), (0, -1, 1), (0, 1, -1),
        (0, -1, -1),
    ];

    /// <summary>Noise over a crop.</summary>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="octaves">Each further one has half of the wavelength.</param>
    /// <param name="persistence">Each further one counts so much of the one before.</param>
    /// <param name="wavelength">Voxels, of the first octave.</param>
    /// <param name="random">Draws lattice and place.</param>
    internal static float[] Of(VolumeShape shape, int octaves, double persistence, double wavelength, RandomStream random)
    {
        byte[] order = Order(random);
        double z = random.Uniform(0, 256), y = random.Uniform(0, 256), x = random.Uniform(0, 256);
        var noise = new float[shape.CheckedLength()];
        int i = 0;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    double sum = 0, part = 1, frequency = 1 / wavelength;
                    for (int octave = 0; octave < octaves; octave++)
                    {
                        sum += part * At((d + z) * frequency, (h + y) * frequency, (w + x) * frequency, order);
                        (part, frequency) = (part * persistence, frequency * 2);
                    }

                    noise[i++] = (float)sum;
                }
            }
        }

        return Standardised(noise);
    }

    /// <summary>A random order of the numbers from 0 to 255, which stands for random directions at the lattice's points.</summary>
    internal static byte[] Order(RandomStream random)
    {
        byte[] order = [.. Enumerable.Range(0, 256).Select(n => (byte)n)];
        random.Shuffle<byte>(order);
        return order;
    }

    /// <summary>The noise at a place: what the four corners of the simplex about it give.</summary>
    internal static double At(double z, double y, double x, byte[] order)
    {
        // Skewed, the simplices are sixths of the unit cube.
        double skew = (z + y + x) / 3;
        int d = (int)Math.Floor(z + skew), h = (int)Math.Floor(y + skew), w = (int)Math.Floor(x + skew);
        double back = (d + h + w) / 6.0, z0 = z - d + back, y0 = y - h + back, x0 = x - w + back;

        // From corner to corner along the longest, the middle and the shortest way.
        int rankZ = (z0 >= y0 ? 1 : 0) + (z0 >= x0 ? 1 : 0), rankY = (y0 > z0 ? 1 : 0) + (y0 >= x0 ? 1 : 0), rankX = 3 - rankZ - rankY;
        double sum = 0;
        for (int corner = 0; corner < 4; corner++)
        {
            int a = rankZ >= 3 - corner ? 1 : 0, b = rankY >= 3 - corner ? 1 : 0, c = rankX >= 3 - corner ? 1 : 0;
            double dz = z0 - a + (corner / 6.0), dy = y0 - b + (corner / 6.0), dx = x0 - c + (corner / 6.0);
            double near = 0.5 - (dz * dz) - (dy * dy) - (dx * dx);
            if (near <= 0)
                continue;
            var g = Directions[order[(d + a + order[(h + b + order[(w + c) & 255]) & 255]) & 255] % 12];
            sum += near * near * near * near * ((g.D * dz) + (g.H * dy) + (g.W * dx));
        }

        return sum;
    }

    private static float[] Standardised(float[] noise)
    {
        double sum = 0, squares = 0;
        foreach (float v in noise)
            (sum, squares) = (sum + v, squares + ((double)v * v));
        double mean = sum / noise.Length, deviation = Math.Sqrt(Math.Max(1e-30, (squares / noise.Length) - (mean * mean)));
        return Array.ConvertAll(noise, v => (float)((v - mean) / deviation));
    }
}
