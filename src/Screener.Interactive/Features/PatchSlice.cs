using Screener.Errors;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Features;

/// <summary>Draws one slice of a patch, true to scale and the way round in which CTs are drawn.</summary>
internal sealed class PatchSlice
{
    private readonly VolumeGrid _grid;
    private readonly SlicePlane _plane;
    private readonly SlicePosition _at;
    private readonly SliceRenderOptions _options;

    /// <summary>A slice.</summary>
    /// <param name="shape">Voxels of the patch along [D, H, W].</param>
    /// <param name="spacing">Their spacing, mm.</param>
    /// <param name="plane">The plane.</param>
    /// <param name="at">A voxel of the slice; null takes the middle.</param>
    /// <param name="side">The longer side of the picture, in pixels.</param>
    internal PatchSlice(VolumeShape shape, Spacing spacing, SlicePlane plane, SlicePosition? at, int side)
    {
        _ = shape.CheckedLength();
        _grid = new VolumeGrid(shape, Affine.Canonical(spacing));
        _plane = plane;
        _at = at ?? SlicePosition.Middle(_grid);
        double pixel = Math.Max(
            plane == SlicePlane.Sagittal ? 0 : shape.Width * spacing.Width,
            plane == SlicePlane.Coronal ? 0 : shape.Height * spacing.Height);
        if (plane != SlicePlane.Axial)
            pixel = Math.Max(pixel, shape.Depth * spacing.Depth);
        _options = SliceRenderOptions.Default with
        {
            Window = new WindowPreset("intensity", 0.5, 1), PixelMm = Math.Clamp(pixel / side, 0.01, 100), SideLabels = false,
        };
    }

    /// <summary>The slice in grey, black for 0 and white for 1.</summary>
    internal RgbImage Grey(float[] values) => SliceRenderer.Render(new CtVolume(_grid, values), _plane, _at, _options);

    /// <summary>The slice in colours: three values per voxel, each 0 to 1.</summary>
    internal RgbImage Colors(float[] red, float[] green, float[] blue)
    {
        RgbImage r = Grey(red), g = Grey(green), b = Grey(blue);
        r.Paint((x, y) => new Rgb(r[x, y].R, g[x, y].R, b[x, y].R));
        return r;
    }

    /// <summary>Tints what a mask hides (0 is hidden) in a picture of this slice.</summary>
    internal void Tint(RgbImage image, float[] mask, Rgb color)
    {
        var hidden = Array.ConvertAll(mask, v => v > 0.5f ? (byte)0 : (byte)1);
        var sampler = new SliceSampler(new CanonicalView(_grid), _plane, _at, _options);
        image.Paint((x, y) => sampler.Nearest(hidden, x, y) != 0 ? image[x, y].Under(color, 0.55) : image[x, y]);
    }

    /// <summary>Where a voxel position of an axial slice lies in its picture.</summary>
    internal (double X, double Y) PixelOf(RgbImage image, double h, double w)
    {
        if (_plane != SlicePlane.Axial)
            throw new OptionException(nameof(_plane), $"{_plane}", "an axial slice");
        double across = _options.PixelMm / _grid.Spacing.Width, down = _options.PixelMm / _grid.Spacing.Height;
        return ((((_grid.Shape.Width - 1) / 2.0) - w) / across + ((image.Width - 1) / 2.0),
            (((_grid.Shape.Height - 1) / 2.0) - h) / down + ((image.Height - 1) / 2.0));
    }
}
