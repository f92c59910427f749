using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>Where the pixels of one drawn slice lie in its volume.</summary>
/// <remarks>On all three planes the display runs against both canonical axes: columns from right or front, rows from front or
/// head.</remarks>
internal readonly struct SliceSampler
{
    private readonly CanonicalView _view;
    private readonly SlicePlane _plane;
    private readonly int _slice, _across, _down, _start, _strideAcross, _strideDown;
    private readonly double _stepX, _stepY, _firstX, _firstY;

    internal SliceSampler(CanonicalView view, SlicePlane plane, SlicePosition at, SliceRenderOptions options)
    {
        var (shape, spacing) = (view.Shape, view.Spacing);
        if (!shape.Contains(at.Depth, at.Height, at.Width))
            throw new OptionException(
                nameof(at), $"voxel ({at.Depth}, {at.Height}, {at.Width})", $"a voxel of the canonical grid, {shape}");
        _view = view;
        _plane = plane;
        double mmAcross, mmDown;
        int atAcross, atDown;
        (_slice, _across, mmAcross, atAcross, _down, mmDown, atDown) = plane switch
        {
            SlicePlane.Axial => (at.Depth, shape.Width, spacing.Width, at.Width, shape.Height, spacing.Height, at.Height),
            SlicePlane.Coronal => (at.Height, shape.Width, spacing.Width, at.Width, shape.Depth, spacing.Depth, at.Depth),
            SlicePlane.Sagittal => (at.Width, shape.Height, spacing.Height, at.Height, shape.Depth, spacing.Depth, at.Depth),
            _ => throw new ArgumentOutOfRangeException(nameof(plane)),
        };
        (Columns, _firstX, _stepX) = Axis(_across, mmAcross, atAcross, options);
        (Rows, _firstY, _stepY) = Axis(_down, mmDown, atDown, options);
        _start = Index(0, 0);
        _strideAcross = Index(1, 0) - _start;
        _strideDown = Index(0, 1) - _start;
    }

    internal int Columns { get; }

    internal int Rows { get; }

    /// <summary>The value at a pixel, linear between voxels; NaN outside the volume.</summary>
    internal double Linear(float[] voxels, int x, int y)
    {
        var (across, down) = (_firstX + (x * _stepX), _firstY + (y * _stepY));
        if (!(across > -0.5 && across < _across - 0.5 && down > -0.5 && down < _down - 0.5))
            return double.NaN;
        double a = Math.Clamp(across, 0, _across - 1), b = Math.Clamp(down, 0, _down - 1);
        int a0 = Math.Min((int)a, Math.Max(_across - 2, 0)), b0 = Math.Min((int)b, Math.Max(_down - 2, 0));
        int i = _start + (a0 * _strideAcross) + (b0 * _strideDown);
        int right = _across > 1 ? _strideAcross : 0, below = _down > 1 ? _strideDown : 0;
        double near = Mix(voxels[i], voxels[i + right], a - a0), far = Mix(voxels[i + below], voxels[i + below + right], a - a0);
        return Mix(near, far, b - b0);
    }

    /// <summary>The nearest voxel's value at a pixel; 0 outside the volume.</summary>
    internal byte Nearest(byte[] voxels, int x, int y)
    {
        int a = (int)Math.Floor(_firstX + (x * _stepX) + 0.5), b = (int)Math.Floor(_firstY + (y * _stepY) + 0.5);
        return (uint)a < (uint)_across && (uint)b < (uint)_down ? voxels[_start + (a * _strideAcross) + (b * _strideDown)] : (byte)0;
    }

    /// <summary>
    /// The patient's sides at the left, right, top and bottom of the picture, from the grid's affine and the pixels' positions.
    /// </summary>
    internal (string Left, string Right, string Top, string Bottom) Sides()
    {
        var origin = World(0, 0);
        var (right, left) = Letters(origin, World(1, 0));
        var (bottom, top) = Letters(origin, World(0, 1));
        return (left, right, top, bottom);
    }

    private static double Mix(double a, double b, double t) => t == 0 ? a : a + ((b - a) * t);

    // Pixel i lies at voxel first + i * step; the display starts at the axis' far end.
    private static (int Count, double First, double Step) Axis(int voxels, double mm, int at, SliceRenderOptions options)
    {
        double pixel = options.PixelMm / mm;
        if (options.FieldOfViewMm > 0)
        {
            int count = Count(options.FieldOfViewMm / options.PixelMm);
            return (count, at + (pixel * (count - 1) / 2), -pixel);
        }
        else
        {
            int count = Count(voxels * mm / options.PixelMm);
            return (count, ((voxels - 1) / 2.0) + (pixel * (count - 1) / 2), -pixel);
        }
    }

    private static int Count(double pixels)
    {
        if (!(pixels <= RgbImage.MaxSide))
            throw new OptionException(
                nameof(SliceRenderOptions.PixelMm), $"a picture {pixels:0} pixels long", $"at most {RgbImage.MaxSide}",
                "Draw larger pixels or a smaller field of view.");
        return Math.Max(1, (int)Math.Round(pixels));
    }

    private static (string Towards, string From) Letters((double X, double Y, double Z) a, (double X, double Y, double Z) b)
    {
        double x = b.X - a.X, y = b.Y - a.Y, z = b.Z - a.Z;
        if (Math.Abs(x) >= Math.Abs(y) && Math.Abs(x) >= Math.Abs(z))
            return x > 0 ? ("R", "L") : ("L", "R");
        if (Math.Abs(y) >= Math.Abs(z))
            return y > 0 ? ("A", "P") : ("P", "A");
        return z > 0 ? ("S", "I") : ("I", "S");
    }

    // Linear in both, also beyond the volume's edge.
    private int Index(int across, int down)
    {
        var (d, h, w) = Voxel(across, down);
        return _view.Index((int)d, (int)h, (int)w);
    }

    private (double D, double H, double W) Voxel(double across, double down) => _plane switch
    {
        SlicePlane.Axial => (_slice, down, across),
        SlicePlane.Coronal => (down, _slice, across),
        _ => (down, across, _slice),
    };

    private (double X, double Y, double Z) World(int x, int y)
    {
        var (d, h, w) = Voxel(_firstX + (x * _stepX), _firstY + (y * _stepY));
        return _view.Grid.Affine.ToWorld(d, h, w);
    }
}
