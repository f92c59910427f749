using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Preprocessing;

/// <summary>Finds the patient in a CT volume, on the volume's own grid.</summary>
/// <remarks>
/// <para>As in the paper's code, outside is the air that is connected, voxel face to voxel face, with the air around the
/// volume in the axial plane (not above its top or below its bottom slice), and the body is the rest: lungs and bowel gas
/// are inside. That makes the table part of the body.</para>
/// <para>By default the table is then left out: from what is dense, layers thinner than twice
/// <see cref="BodyMaskOptions.OpeningMm"/> are cut away; the rest is grown back, inside what is dense, by twice as much as
/// was cut; pieces that are then large enough are kept; and outside is all that air or anything left out reaches. A part
/// of a table that lies tight against the skin stays within that distance. If nothing survives the cut, the first
/// definition holds.</para>
/// </remarks>
public static class BodyMaskFinder
{
    /// <summary>Finds the mask.</summary>
    /// <param name="volume">HU, in any orientation; NaN counts as air.</param>
    /// <param name="options">What counts as the patient.</param>
    /// <param name="threads">Processor threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="ct">Stops the work.</param>
    /// <exception cref="OptionException">An option is outside its range.</exception>
    public static BodyMask Find(CtVolume volume, BodyMaskOptions options, int threads, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        var parallel = ThreadCounts.Parallel(threads, ct);

        // Seeds lie on the faces that bound the axial plane, whichever array axes those are here.
        int slices = Reorientation.From(volume.Grid.Affine)[0].Axis;
        var solid = BitVolume.AtLeast(volume.Voxels, volume.Shape, options.AirHu, parallel);
        if (options.PatientOnly)
            solid = Patient(solid, volume.Spacing, options, parallel) ?? solid;
        solid.Invert();
        var outside = FromTheSides(solid, slices, ct);
        outside.Invert();
        return new BodyMask(volume.Grid, outside.ToBytes(parallel));
    }

    private static BitVolume FromTheSides(BitVolume region, int slices, CancellationToken ct)
    {
        var fill = new RegionFill(region);
        var (depth, height, width) = region.Shape;
        var all = new ulong[region.WordsPerRow];
        Array.Fill(all, ulong.MaxValue);
        var ends = new ulong[region.WordsPerRow];
        ends[0] = 1;
        ends[^1] |= 1UL << ((width - 1) % 64);
        for (int row = 0; row < region.Rows; row++)
        {
            int d = row / height, h = row % height;
            bool whole = (slices != 0 && (d == 0 || d == depth - 1)) || (slices != 1 && (h == 0 || h == height - 1));
            if (whole)
                fill.Seed(row, all);
            else if (slices != 2)
                fill.Seed(row, ends);
        }

        fill.Run(ct);
        return fill.Reached;
    }

    private static BitVolume? Patient(BitVolume dense, Spacing spacing, BodyMaskOptions options, ParallelOptions parallel)
    {
        int d = Radius(spacing.Depth), h = Radius(spacing.Height), w = Radius(spacing.Width);
        var opened = new BitVolume(dense.Shape);
        opened.CopyFrom(dense);
        opened.Erode(d, h, w, parallel);

        // Growing inside the dense voxels in two steps follows them round corners, but does not jump over a gap of one step.
        for (int step = 0; step < 2; step++)
        {
            opened.Dilate(d, h, w, parallel);
            opened.And(dense);
        }

        return LargePieces(opened, options.MinPiece, parallel.CancellationToken);

        int Radius(double step) => (int)Math.Round(options.OpeningMm / step);
    }

    private static BitVolume? LargePieces(BitVolume solid, double minPiece, CancellationToken ct)
    {
        long largest = 0;
        ForEachPiece(solid, ct, (_, _, size) => largest = Math.Max(largest, size));
        if (largest == 0)
            return null;
        var keep = new RegionFill(solid);
        ForEachPiece(solid, ct, (row, seed, size) =>
        {
            if (size >= minPiece * largest)
                keep.Seed(row, seed);
        });
        keep.Run(ct);
        return keep.Reached;
    }

    // Nothing is kept per piece: noise may fall into millions of them.
    private static void ForEachPiece(BitVolume region, CancellationToken ct, Action<int, ulong[], long> visit)
    {
        var search = new RegionFill(region);
        var seed = new ulong[region.WordsPerRow];
        for (int row = 0; row < region.Rows; row++)
        {
            for (int word = 0; word < region.WordsPerRow; word++)
            {
                while ((region.Row(row)[word] & ~search.Reached.Row(row)[word]) is var left and not 0)
                {
                    seed[word] = left & (~left + 1);
                    visit(row, seed, search.Seed(row, seed) + search.Run(ct));
                    seed[word] = 0;
                }
            }
        }
    }
}
