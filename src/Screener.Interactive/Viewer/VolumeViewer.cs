using System.Net;
using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>
/// A CT as a piece of HTML in which one can look around: three planes, windows, lesions, anomaly map, values under the pointer.
/// </summary>
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
    public static string Html(
        CtVolume ct, LesionMask? mask = null, AnomalyMap? map = null, BodyMask? body = null, VolumeViewerOptions? options = null) =>
        Html(new VolumeView(ct, mask, map, body) { Options = options ?? VolumeViewerOptions.Default });

    /// <summary>The HTML of a viewer, at most <see cref="VolumeViewerOptions.MaxBytes"/> long.</summary>
    /// <exception cref="OptionException">An option is out of range, grids differ, or nothing fits in
    /// <see cref="VolumeViewerOptions.MaxBytes"/>.</exception>
    public static string Html(VolumeView view) => $"{Element(view)}<script>{ViewerScript.Text}</script>";

    /// <summary>
    /// The element without the script that starts it, for which there is room in <see cref="VolumeViewerOptions.MaxBytes"/>.
    /// </summary>
    internal static string Element(VolumeView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        Check(view);
        var (ct, options) = (view.Ct, view.Options);
        var shown = new ShownVolume(view);

        // Map and outline have their room also where they are not there: the same CT is the same text in all viewers of a page, which
        // then holds it once.
        int room = options.MaxBytes - Math.Max(shown.TextLength, options.MaxBytes / 3);

        // As many blocks as fit, in fine steps if the most that are allowed fit so.
        double voxels = Math.Min(options.MaxVoxels, ct.Shape.VoxelCount);
        var table = LevelTable.FineHu;
        while (room > 0 && voxels >= 1)
        {
            var grid = ShownGrid.Fit(ct.Grid, (long)voxels);
            int needed = ShownLayer.EstimateTextLength(ct, grid, table, options.Threads);
            if (needed <= room)
            {
                var layer = ShownLayer.OfCt(ct, grid, table, options.Threads);
                string about = ViewerCaption.About(shown, grid, table), html = Page(
                    shown, about, ViewerData.Json(shown, layer, table, about));
                if (Encoding.UTF8.GetByteCount(html) + ViewerScript.Text.Length + 17 <= options.MaxBytes)
                    return html;
                needed = Math.Max(layer.TextLength, room);
            }

            // What compresses badly is noise, of which larger blocks have less: one step of this is seldom short.
            if (table == LevelTable.FineHu)
                table = LevelTable.CoarseHu;
            else
                voxels *= Math.Clamp((double)room / needed, 0.25, 0.95);
        }

        throw new OptionException(
            nameof(options.MaxBytes), $"{options.MaxBytes}",
            $"at least {shown.TextLength + 10_000} bytes: the CT's map and picture alone take {shown.TextLength}");
    }

    // MathJax is told to leave names with dollar signs alone; JupyterLab to leave the keys to the viewer.
    private static string Page(ShownVolume shown, string about, string json)
    {
        var (name, title) = (ViewerScript.ElementName, shown.View.Options.Title);
        var html = new StringBuilder(json.Length + shown.Still.Length + ViewerScript.Text.Length + 8192);
        html.Append($"<{name} class=\"tex2jax_ignore mathjax_ignore\" data-lm-suppress-shortcuts=\"true\" style=\"display:block\" ");
        html.Append($"data-title=\"{WebUtility.HtmlEncode(title)}\"><figure style=\"margin:0\">");
        html.Append(shown.Still).Append("<figcaption style=\"margin-top:4px;max-width:760px;font-size:12px;overflow-wrap:anywhere\">");
        if (title.Length > 0)
            html.Append("<b>").Append(WebUtility.HtmlEncode(title)).Append("</b> \u00B7 ");
        html.Append(WebUtility.HtmlEncode($"Axial, coronal and sagittal slice, {shown.Window}; the viewer itself needs scripts. {about}"));
        html.Append("</figcaption></figure><script type=\"application/json\">").Append(json).Append("</script></").Append(name).Append('>');
        return html.ToString();
    }

    private static void Check(VolumeView view)
    {
        var (ct, options) = (view.Ct, view.Options);
        ArgumentNullException.ThrowIfNull(ct);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        SliceRenderer.RequireSameGrid(ct, view.Mask?.Grid, nameof(view.Mask));
        SliceRenderer.RequireSameGrid(ct, view.Map?.Grid, nameof(view.Map));
        SliceRenderer.RequireSameGrid(ct, view.Body?.Grid, nameof(view.Body));
        SliceRenderer.RequireSameGrid(ct, view.Labels?.Grid, nameof(view.Labels));
        var canonical = Reorientation.From(ct.Grid.Affine).Apply(ct.Grid).Shape;
        if (options.Start is { } start && !canonical.Contains(start.Depth, start.Height, start.Width))
            throw new OptionException(
                nameof(options.Start), $"voxel ({start.Depth}, {start.Height}, {start.Width})",
                $"a voxel of the canonical grid, {canonical}");
    }
}
