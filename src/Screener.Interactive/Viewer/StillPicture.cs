using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>The three planes side by side, for pages whose scripts are blocked.</summary>
internal static class StillPicture
{
    private const int Gap = 6;
    private const double Width = 660, MaxHeight = 420;

    internal static RgbImage Draw(ShownVolume shown)
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
            Threshold = view.Options.Threshold,
            Outline = view.Options.Outline,
            ColorBar = false,
        };
        var map = shown.Scores is null ? null : view.Map;
        return RgbImage.Beside(
            Gap, [.. Enum.GetValues<SlicePlane>().Select(
                plane => SliceRenderer.Render(view.Ct, plane, shown.At, options, map, view.Mask))]);
    }
}
