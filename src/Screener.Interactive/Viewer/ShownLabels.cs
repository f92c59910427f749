using Screener.Imaging;

namespace Screener.Interactive.Viewer;

/// <summary>Labels made ready for the cross-hair: the label in the middle of each block.</summary>
/// <param name="Layer">The packed labels.</param>
internal sealed record ShownLabels(ShownLayer Layer)
{
    internal static ShownLabels Of(LabelVolume labels, VolumeViewerOptions options)
    {
        var grid = ShownGrid.Fit(labels.Grid, options.MaxVoxels / 4);
        return new ShownLabels(
            ShownLayer.Pack(
                grid, Reorientation.Permute(grid.Centres(labels.Voxels), grid.Shape, grid.Orientation, options.Threads), options.Threads));
    }
}
