using Screener.Errors;
using Screener.Imaging;

namespace Screener.HuBaselines;

/// <summary>The bounding box of a body, as array indices.</summary>
/// <param name="D">First slice.</param>
/// <param name="H">First row.</param>
/// <param name="W">First column.</param>
/// <param name="Shape">Voxels along [D, H, W].</param>
internal readonly record struct BodyBox(int D, int H, int W, VolumeShape Shape)
{
    /// <summary>The box of the non-zero voxels.</summary>
    /// <exception cref="OptionException">The mask is empty.</exception>
    internal static BodyBox Of(BodyMask body)
    {
        var shape = body.Shape;
        int d0 = int.MaxValue, d1 = -1, h0 = int.MaxValue, h1 = -1, w0 = int.MaxValue, w1 = -1;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                var row = body.Voxels.AsSpan(shape.Index(d, h, 0), shape.Width);
                int first = row.IndexOfAnyExcept((byte)0);
                if (first < 0)
                    continue;
                d0 = Math.Min(d0, d);
                d1 = d;
                h0 = Math.Min(h0, h);
                h1 = Math.Max(h1, h);
                w0 = Math.Min(w0, first);
                w1 = Math.Max(w1, row.LastIndexOfAnyExcept((byte)0));
            }
        }

        if (d1 < 0)
            throw new OptionException(
                "body", "an empty mask", "at least one body voxel", "Check that the volume is a CT in HU and shows a patient.");
        return new BodyBox(d0, h0, w0, new VolumeShape(d1 - d0 + 1, h1 - h0 + 1, w1 - w0 + 1));
    }
}
