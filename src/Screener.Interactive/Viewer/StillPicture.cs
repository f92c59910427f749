using System.Net;
using System.Text;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>
/// What stands in the viewer's place in pages whose scripts are blocked: the three planes side by side, and what there is to read.
/// </summary>
internal static class StillPicture
{
    private const int Gap = 6;
    private const double Width = 660, MaxHeight = 420;

    internal static string Html(ShownVolume shown)
    {
        var view = shown.View;
        if (!view.HiddenUntilMarked)
            return Image(Draw(shown, shown.At, isBare: false), shown.Sweep is null ? "" : " with the map") + Tables(shown);
        var revealed = shown.Mask?.Largest ?? shown.Scores?.Highest ?? shown.At;
        return Image(Draw(shown, shown.At, isBare: true), "") + "<details><summary>Reveal</summary>"
            + Image(Draw(shown, revealed, isBare: false), " with what was hidden") + Tables(shown) + "</details>";
    }

    private static string Image(RgbImage image, string what) =>
        $"<img style=\"display:block;max-width:100%;height:auto;background:#000\" alt=\"Axial, coronal and sagittal slice{what}\" "
        + $"src=\"data:image/png;base64,{Convert.ToBase64String(PngImage.Encode(image))}\">";

    private static string Tables(ShownVolume shown)
    {
        var html = new StringBuilder(shown.Sweep?.Still);
        if (shown.View.Findings is { List.Count: > 0 } findings)
        {
            html.Append("<table style=\"font-size:12px;border-spacing:12px 2px\"><tr>")
                .Append(string.Concat(FindingCells.Columns.Select(c => $"<th>{c}</th>"))).Append("</tr>");
            for (int i = 0; i < findings.List.Count; i++)
            {
                var cells = FindingCells.Of(findings.List[i], i).Select(c => $"<td>{WebUtility.HtmlEncode(c)}</td>");
                html.Append("<tr>").Append(string.Concat(cells)).Append("</tr>");
            }

            html.Append("</table>");
        }

        return html.ToString();
    }

    private static RgbImage Draw(ShownVolume shown, SlicePosition at, bool isBare)
    {
        var view = shown.View;
        var grid = Reorientation.From(view.Ct.Grid.Affine).Apply(view.Ct.Grid);
        double z = grid.Shape.Depth * grid.Spacing.Depth, y = grid.Shape.Height * grid.Spacing.Height, x = grid.Shape.Width
            * grid.Spacing.Width;
        var options = SliceRenderOptions.Default with
        {
            Window = shown.Window,
            PixelMm = Math.Clamp(Math.Max((x + x + y) / Width, Math.Max(y, z) / MaxHeight), 0.01, 100),
            Scores = shown.Scores?.Range,
            Colors = view.Options.Colors,
            Opacity = view.Options.Opacity,
            Threshold = shown.Scores is null ? null : shown.Threshold,
            Outline = view.Options.Outline,
            ColorBar = false,
        };
        var map = isBare || shown.Scores is null ? null : view.Map;
        return RgbImage.Beside(
            Gap, [.. Enum.GetValues<SlicePlane>().Select(
                plane => SliceRenderer.Render(view.Ct, plane, at, options, map, isBare ? null : view.Mask))]);
    }
}
