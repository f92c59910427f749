using System.Globalization;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>
/// Draws slices of a volume of any orientation the way radiologists look at them: true to scale, patient's right on the
/// left side of axial and coronal slices, front or head up, front to the left in sagittal slices.
/// </summary>
/// <remarks>
/// Slices follow the array axes closest to the anatomical ones; nothing is straightened in a tilted volume. Grey values and
/// scores are interpolated linearly, lesions are drawn as the outline of their nearest voxels, just outside of them.
/// </remarks>
public static class SliceRenderer
{
    private const int LabelHeight = 15, NumberHeight = 11, BarWidth = 12;

    /// <summary>Draws one slice.</summary>
    /// <param name="ct">The volume.</param>
    /// <param name="plane">The plane of the slice.</param>
    /// <param name="at">A voxel of the slice; with a field of view, its centre.</param>
    /// <param name="options">Window, scale and colours; null takes the defaults.</param>
    /// <param name="map">Scores to lay over the CT, on the CT's grid.</param>
    /// <param name="lesion">Lesions to outline, on the CT's grid.</param>
    /// <exception cref="OptionException">An option is out of range, the position is outside, or grids differ.</exception>
    public static RgbImage Render(
        CtVolume ct, SlicePlane plane, SlicePosition at, SliceRenderOptions? options = null, AnomalyMap? map = null,
        LesionMask? lesion = null)
    {
        ArgumentNullException.ThrowIfNull(ct);
        options ??= SliceRenderOptions.Default;
        options.Validate();
        RequireSameGrid(ct, map?.Grid, nameof(map));
        RequireSameGrid(ct, lesion?.Grid, nameof(lesion));
        var slice = new SliceSampler(new CanonicalView(ct.Grid), plane, at, options);

        var image = new RgbImage(slice.Columns, slice.Rows);
        image.Paint((x, y) => Rgb.Grey(options.Window.ToGrey(slice.Linear(ct.Voxels, x, y))));
        ScoreRange? scores = map is null ? null : options.Scores ?? ScoreRange.Of(map);
        if (map is not null)
            Cover(image, slice, map, scores!.Value, options);
        if (lesion is not null)
            Outline(image, slice, lesion, options.Outline);
        if (options.SideLabels)
            Label(image, slice);
        return scores is { } range && options.ColorBar ? WithColorBar(image, range, options) : image;
    }

    private static void Cover(RgbImage image, in SliceSampler slice, AnomalyMap map, ScoreRange range, SliceRenderOptions options)
    {
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
                image[x, y] = Covered(image[x, y], slice.Linear(map.Voxels, x, y), range, options);
        }
    }

    /// <summary>The colour of a pixel of the CT with a score over it.</summary>
    internal static Rgb Covered(Rgb ct, double score, ScoreRange range, SliceRenderOptions options)
    {
        if (!(score > (options.Threshold ?? range.Low)))
            return ct;

        // Colours fade in over the lowest third: the dark end of the map would only hide the CT.
        double t = (score - range.Low) / (range.High - range.Low);
        return ct.Under(options.Colors[t], options.Opacity * Math.Clamp(3 * t, 0, 1));
    }

    private static void Outline(RgbImage image, SliceSampler slice, LesionMask lesion, Rgb color)
    {
        bool Inside(int x, int y) => slice.Nearest(lesion.Voxels, x, y) != 0;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                if (!Inside(x, y) && (Inside(x - 1, y) || Inside(x + 1, y) || Inside(x, y - 1) || Inside(x, y + 1)))
                    image[x, y] = color;
            }
        }
    }

    private static void Label(RgbImage image, in SliceSampler slice)
    {
        int width = StrokeFont.Width("R", LabelHeight), height = LabelHeight;
        if (image.Width < 6 * width || image.Height < 6 * height)
            return;
        int middleX = (image.Width - width) / 2, middleY = (image.Height - height) / 2;
        var (left, right, top, bottom) = slice.Sides();
        StrokeFont.Draw(image, left, 4, middleY, height);
        StrokeFont.Draw(image, right, image.Width - width - 2, middleY, height);
        StrokeFont.Draw(image, top, middleX, 4, height);
        StrokeFont.Draw(image, bottom, middleX, image.Height - height - 4, height);
    }

    private static RgbImage WithColorBar(RgbImage image, ScoreRange range, SliceRenderOptions options)
    {
        string high = Number(range.High), low = Number(range.Low);
        int text = Math.Max(StrokeFont.Width(high, NumberHeight), StrokeFont.Width(low, NumberHeight));
        var all = new RgbImage(image.Width + BarWidth + text + 12, image.Height);
        all.Paste(image, 0, 0);
        for (int y = 0; y < image.Height; y++)
        {
            var color = options.Colors[1 - ((y + 0.5) / image.Height)];
            all.Row(y).Slice(image.Width + 4, BarWidth).Fill(color);
        }

        int x = image.Width + BarWidth + 9;
        StrokeFont.Draw(all, high, x, 2, NumberHeight);
        StrokeFont.Draw(all, low, x, image.Height - NumberHeight - 2, NumberHeight);
        return all;
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) is >= 1e5 or (> 0 and < 1e-2) ? "0.0E+0" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>What is drawn over a CT must lie on its grid.</summary>
    internal static void RequireSameGrid(CtVolume ct, VolumeGrid? other, string name)
    {
        if (other is not null && !other.Matches(ct.Grid))
            throw new OptionException(
                name, $"a grid of {other.Shape} voxels, affine {other.Affine}", $"the CT's: {ct.Shape}, {ct.Grid.Affine}",
                "Resample it onto the CT's grid first.");
    }
}
