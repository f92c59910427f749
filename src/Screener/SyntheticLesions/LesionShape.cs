using Screener.Imaging;
using Screener.Randomness;

namespace Screener.SyntheticLesions;

/// <summary>A stretched ball with waves on its surface.</summary>
internal sealed class LesionShape
{
    private readonly (double D, double H, double W) _centre;
    private readonly (double D, double H, double W) _stretch;
    private readonly Wave[] _waves = new Wave[6];
    private readonly double _edge;
    private readonly double _most;

    /// <param name="centre">Voxel at its centre.</param>
    /// <param name="radius">Mean radius, voxels.</param>
    /// <param name="edge">Over how many voxels the surface fades.</param>
    /// <param name="roughness">Height of the waves; 1 is about a fifth of the radius.</param>
    /// <param name="random">Draws stretch and waves.</param>
    internal LesionShape((int D, int H, int W) centre, double radius, double edge, double roughness, RandomStream random)
    {
        (_centre, Radius, _edge) = (centre, radius, edge);
        _stretch = (Stretch(), Stretch(), Stretch());
        for (int i = 0; i < _waves.Length; i++)
        {
            var (frequency, height) = i < 3 ? (1.4, 0.09) : (3.0, 0.05);
            frequency /= radius;
            _waves[i] = new Wave(
                random.NextGaussian() * frequency, random.NextGaussian() * frequency, random.NextGaussian() * frequency,
                random.Uniform(0, 2 * Math.PI), radius * height * roughness);
            _most += _waves[i].Height;
        }

        double Stretch() => Math.Exp(random.Uniform(-0.35, 0.35));
    }

    internal double Radius { get; }

    /// <summary>The voxels of a crop that it may reach, first and one past the last along each axis.</summary>
    internal (Range D, Range H, Range W) Box(VolumeShape shape)
    {
        double reach = Radius + _most + _edge;
        return (Along(_centre.D, _stretch.D, shape.Depth), Along(_centre.H, _stretch.H, shape.Height), Along(_centre.W, _stretch.W, shape.Width));

        Range Along(double centre, double stretch, int size) =>
            Math.Max(0, (int)(centre - (reach * stretch)))..Math.Min(size, (int)(centre + (reach * stretch)) + 2);
    }

    /// <summary>Voxels from the surface, negative inside.</summary>
    internal double Distance(int d, int h, int w)
    {
        double z = d - _centre.D, y = h - _centre.H, x = w - _centre.W;
        double a = z / _stretch.D, b = y / _stretch.H, c = x / _stretch.W;
        double distance = Math.Sqrt((a * a) + (b * b) + (c * c)) - Radius;

        // Most voxels are so far inside or outside that waves do not matter.
        if (Math.Abs(distance) > _most + _edge)
            return distance;
        foreach (var wave in _waves)
            distance += wave.Height * Math.Cos((wave.D * z) + (wave.H * y) + (wave.W * x) + wave.Phase);
        return distance;
    }

    /// <summary>How much of a voxel at that distance it covers, 0 to 1.</summary>
    internal double Coverage(double distance) => Math.Clamp(0.5 - (distance / _edge), 0, 1);

    private readonly record struct Wave(double D, double H, double W, double Phase, double Height);
}
