using Screener.Randomness;

namespace Screener.SyntheticLesions;

/// <summary>Smooth noise: Gaussian numbers on a lattice that repeats, trilinear between them, of about unit deviation.</summary>
internal sealed class ValueNoise
{
    private const int Size = 16;

    // Interpolation takes this much of the deviation, on average over a cell.
    private const double Loss = 0.61;

    private readonly float[] _lattice = new float[Size * Size * Size];
    private readonly double _scale;

    /// <param name="distance">Voxels between lattice points.</param>
    /// <param name="random">Draws the lattice.</param>
    internal ValueNoise(double distance, RandomStream random)
    {
        _scale = 1 / distance;
        for (int i = 0; i < _lattice.Length; i++)
            _lattice[i] = (float)(random.NextGaussian() / Loss);
    }

    internal double At(int d, int h, int w)
    {
        var (z, fz) = Cell(d);
        var (y, fy) = Cell(h);
        var (x, fx) = Cell(w);
        double low = Plane(z, y, fy, x, fx);
        return low + (fz * (Plane(z + 1, y, fy, x, fx) - low));
    }

    private double Plane(int z, int y, double fy, int x, double fx)
    {
        double low = Row(z, y, x, fx);
        return low + (fy * (Row(z, y + 1, x, fx) - low));
    }

    private double Row(int z, int y, int x, double fx)
    {
        int row = ((z & (Size - 1)) * Size * Size) + ((y & (Size - 1)) * Size);
        double low = _lattice[row + (x & (Size - 1))];
        return low + (fx * (_lattice[row + ((x + 1) & (Size - 1))] - low));
    }

    private (int Cell, double Part) Cell(int position)
    {
        double at = position * _scale;
        int cell = (int)Math.Floor(at);
        return (cell, at - cell);
    }
}
