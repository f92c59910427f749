using System.Net;
using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>A CT as a piece of HTML in which one can look around: three planes, windows, lesions, anomaly map, values under the pointer.</summary>
/// <remarks>
/// The HTML needs nothing but itself. A browser or notebook that runs its script shows the viewer; where scripts are
/// blocked a picture with a caption stays. Any number of them can stand in one page.
/// </remarks>
public static class VolumeViewer
{
    /// <inheritdoc cref="Html(VolumeView)"/>
    /// <param name="ct">The CT, in any orientation; it is shown in the canonical one.</param>
    /// <param name="mask">Lesions to outline, on the CT's grid.</param>
    /// <param name="map">Scores to lay over the CT, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid: scores outside are not shown.</param>
    /// <param name="options">How it is shown; null takes the defaults.</param>
    public static string Html(CtVolume ct, LesionMask? mask = null, AnomalyMap? map = null, BodyMask? body = null, VolumeViewerOptions? options = null) =>
        Html(new VolumeView(ct, mask, map, body) { Options = options ?? VolumeViewerOptions.Default });

    /// <summary>The HTML of a viewer, at most <see cref="VolumeViewerOptions.MaxBytes"/> long.</summary>
    /// <exception cref="OptionException">An option is out of range, grids differ, or nothing fits in <see cref="VolumeViewerOptions.MaxBytes"/>.</exception>
    public static string Html(VolumeView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(view.Ct);
        var (ct, options) = (view.Ct, view.Options);
        options.Validate();
        RequireSameGrid(ct, view.Mask?.Grid, nameof(view.Mask));
        RequireSameGrid(ct, view.Map?.Grid, nameof(view.Map));
        RequireSameGrid(ct, view.Body?.Grid, nameof(view.Body));
        var canonical = Reorientation.From(ct.Grid.Affine).Apply(ct.Grid).Shape;
        if (options.Start is { } start && !canonical.Contains(start.Depth, start.Height, start.Width))
            throw new OptionException(nameof(options.Start), $"voxel ({start.Depth}, {start.Height}, {start.Width})", $"a voxel of the canonical grid, {canonical}");

        var mask = view.Mask is null ? null : ShownMask.Of(view.Mask, options);
        var scores = view.Map is null ? null : ShownScores.Of(view.Map, view.Body, options);
        var at = options.Start ?? mask?.Largest ?? scores?.Highest ?? SlicePosition.Middle(ct.Grid);
        var window = options.Window ?? MapPicture.WindowAt(ct, at);
        byte[] still = PngImage.Encode(StillPicture.Draw(view, at, window, scores?.Range));

        // All but the CT is there: the CT may take the rest.
        int spent = Page(view, window, new ViewerCaption(view, scores).Longest, still, "").Length + (mask?.Layer.TextLength ?? 0) + (scores?.Layer.TextLength ?? 0) + 4096;
        foreach (var (grid, table) in Sizes(ct.Grid, options.MaxVoxels))
        {
            if (spent + ShownLayer.EstimateTextLength(ct, grid, table, options.Threads) > options.MaxBytes)
                continue;
            var layer = ShownLayer.OfCt(ct, grid, table, options.Threads);
            string about = new ViewerCaption(view, scores).About(grid, table);
            string html = Page(view, window, about, still, Data(view, layer, table, mask, scores, at, window, about).ToJson());
            if (Encoding.UTF8.GetByteCount(html) <= options.MaxBytes)
                return html;
        }

        throw new OptionException(nameof(options.MaxBytes), $"{options.MaxBytes}", "room for at least a thousand voxels of the CT beside its map and picture", "Allow more bytes, or show fewer things at once.");
    }

    // Blocks before steps: a coarser step shows less of the noise, fewer blocks less of the patient.
    private static IEnumerable<(ShownGrid Grid, LevelTable Table)> Sizes(VolumeGrid grid, int maxVoxels)
    {
        const double Smaller = 0.85;
        double voxels = Math.Min(maxVoxels, grid.Shape.VoxelCount);
        do
        {
            var shown = ShownGrid.Fit(grid, (long)voxels);
            yield return (shown, LevelTable.FineHu);
            yield return (shown, LevelTable.CoarseHu);
            voxels *= Smaller;
        }
        while (voxels >= 1_000);
    }

    private static ViewerData Data(
        VolumeView view, ShownLayer ct, LevelTable table, ShownMask? mask, ShownScores? scores, SlicePosition at, WindowPreset window, string about)
    {
        var (grid, options) = (ct.Grid.Canonical, view.Options);
        var a = grid.Affine;
        return new ViewerData
        {
            Title = options.Title,
            About = about,
            Mm = [grid.Spacing.Depth, grid.Spacing.Height, grid.Spacing.Width],
            Affine = [a.M00, a.M01, a.M02, a.M03, a.M10, a.M11, a.M12, a.M13, a.M20, a.M21, a.M22, a.M23],
            Start = ViewerData.Axes(ct.Grid.BlockOf(at)),
            Window = [window.Level, window.Width],
            Windows = [.. new[] { WindowPreset.Lung, WindowPreset.SoftTissue, WindowPreset.Bone, WindowPreset.Liver }.Select(w => new object[] { char.ToUpperInvariant(w.Name[0]) + w.Name[1..], w.Level, w.Width })],
            Ct = new ViewerData.LayerData(ct, table),
            Map = scores is null ? null : new ViewerData.ScoreData(scores, ViewerData.Palette(options.Colors), options.Threshold ?? scores.Range.Low, options.Opacity),
            Mask = mask is null ? null : new ViewerData.MaskData(mask, FormattableString.Invariant($"#{options.Outline.R:x2}{options.Outline.G:x2}{options.Outline.B:x2}")),
        };
    }

    // MathJax is told to leave names with dollar signs alone; JupyterLab to leave the keys to the viewer.
    private static string Page(VolumeView view, WindowPreset window, string about, byte[] still, string json)
    {
        var (name, title) = (ViewerScript.ElementName, view.Options.Title);
        var html = new StringBuilder(json.Length + (still.Length * 4 / 3) + 40_000);
        html.Append($"<{name} class=\"tex2jax_ignore mathjax_ignore\" data-lm-suppress-shortcuts=\"true\" style=\"display:block\">");
        html.Append("<figure style=\"margin:0\"><img style=\"display:block;max-width:100%;height:auto;background:#000\" alt=\"Axial, coronal and sagittal slice\" src=\"data:image/png;base64,");
        html.Append(Convert.ToBase64String(still)).Append("\"><figcaption style=\"margin-top:4px;max-width:760px;font-size:12px;overflow-wrap:anywhere\">");
        if (title.Length > 0)
            html.Append("<b>").Append(WebUtility.HtmlEncode(title)).Append("</b> \u00B7 ");
        html.Append(WebUtility.HtmlEncode($"Axial, coronal and sagittal slice, {window}; the viewer itself needs scripts. {about}"));
        html.Append("</figcaption></figure><script type=\"application/json\">").Append(json).Append("</script></").Append(name).Append("><script>").Append(ViewerScript.Text).Append("</script>");
        return html.ToString();
    }

    private static void RequireSameGrid(CtVolume ct, VolumeGrid? other, string name)
    {
        if (other is not null && !other.Matches(ct.Grid))
            throw new OptionException(name, $"a grid of {other.Shape} voxels, affine {other.Affine}", $"the CT's: {ct.Shape}, {ct.Grid.Affine}", "Resample it onto the CT's grid first.");
    }
}
