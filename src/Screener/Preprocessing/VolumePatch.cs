using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>Cuts patches out of prepared volumes.</summary>
public static class VolumePatch
{
    /// <summary>Copies the box that starts at <paramref name="origin"/>; what lies beyond the volume's far ends is air, 0.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="origin">The first voxel, inside the volume.</param>
    /// <param name="shape">The patch's shape.</param>
    /// <param name="patch">[D, H, W] of <paramref name="shape"/>; overwritten whole.</param>
    public static void Copy(PreparedVolume volume, (int D, int H, int W) origin, VolumeShape shape, Span<float> patch)
    {
        var whole = volume.Grid.Shape;
        int depth = Math.Min(shape.Depth, whole.Depth - origin.D);
        int height = Math.Min(shape.Height, whole.Height - origin.H);
        int width = Math.Min(shape.Width, whole.Width - origin.W);
        if (depth < shape.Depth || height < shape.Height || width < shape.Width)
            patch.Clear();
        for (int d = 0; d < depth; d++)
        {
            for (int h = 0; h < height; h++)
            {
                volume.Intensities
                    .AsSpan(whole.Index(origin.D + d, origin.H + h, origin.W), width)
                    .CopyTo(patch[shape.Index(d, h, 0)..]);
            }
        }
    }
}
