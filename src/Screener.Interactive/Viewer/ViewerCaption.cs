using System.Globalization;
using Screener.Imaging;

namespace Screener.Interactive.Viewer;

/// <summary>What stands below the panes: what is shown, how much of it, and how exact its numbers are.</summary>
internal static class ViewerCaption
{
    /// <summary>What is shown, in a word or two: the title, or the end of the source's path without a series' UID.</summary>
    internal static string Name(VolumeView view)
    {
        if (view.Options.Title.Length > 0)
            return view.Options.Title;
        string source = view.Ct.Source.Split(", series ", 2)[0];
        return source.Length == 0 ? "CT" : string.Join('/', source.Split('/', '\\').TakeLast(2));
    }

    /// <summary>The text, not escaped.</summary>
    internal static string About(ShownVolume shown, ShownGrid grid, LevelTable table)
    {
        var view = shown.View;
        var parts = new List<string>();
        if (view.Ct.Source.Length > 0)
            parts.Add(view.Ct.Source + ":");
        var spacing = grid.Canonical.Spacing;
        parts.Add(grid.IsWhole
            ? $"{Counts(grid.CanonicalSource)} voxels of {Mm(spacing)}, all shown."
            : $"{Counts(grid.CanonicalSource)} voxels, shown as {Counts(grid.Canonical.Shape)} block means of {Mm(spacing)}.");
        parts.Add(table == LevelTable.FineHu
            ? "HU to \u00B12 from \u2212160 to 240, \u00B16 below, \u00B110 above, \u00B150 from 1500; air up to \u2212952."
            : "HU to \u00B14 from \u2212160 to 240, \u00B112 below, \u00B120 above, \u00B150 from 1520; air up to \u2212952.");
        if (shown.Scores is { } scores)
            parts.Add(
                $"Scores: the highest in blocks of {Mm(scores.Layer.Grid.Canonical.Spacing)}, coloured from "
                + $"{Number(scores.Range.Low)} to {Number(scores.Range.High)}.");
        else if (view.Map is not null)
            parts.Add("The map holds no finite score.");
        if (view.Mask is not null && shown.Mask is null)
            parts.Add("The lesion mask is empty.");
        parts.Add("The patient's right is on the left.");
        return string.Join(' ', parts);
    }

    private static string Counts(VolumeShape shape) => $"{shape.Width} \u00D7 {shape.Height} \u00D7 {shape.Depth}";

    private static string Mm(Spacing spacing) =>
        FormattableString.Invariant($"{spacing.Width:0.##} \u00D7 {spacing.Height:0.##} \u00D7 {spacing.Depth:0.##} mm");

    private static string Number(double score) => score.ToString("G4", CultureInfo.InvariantCulture).Replace('-', '\u2212');
}
