using Screener.Errors;
using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>The connected regions of a 3-D mask.</summary>
/// <remarks>
/// Works on runs of voxels along W, not on voxels: a run is joined with the runs it touches in the rows already seen
/// (union-find with path halving), so the cost is that of reading the mask once plus a little for each run.
/// </remarks>
public static class ConnectedComponents
{
    /// <summary>Labels every non-zero voxel with the number of its region.</summary>
    /// <param name="mask">[D, H, W]; any non-zero value is foreground.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="connectivity">Which voxels are neighbours.</param>
    /// <returns>Labels [D, H, W], 0 in the background and 1 .. Count in the regions, numbered in the order of their first voxel; and the
    /// number of regions.</returns>
    /// <exception cref="OptionException">The mask does not have as many voxels as the shape.</exception>
    public static (int[] Labels, int Count) Label(
        ReadOnlySpan<byte> mask, VolumeShape shape, Connectivity connectivity = Connectivity.TwentySix)
    {
        var (labels, sizes) = LabelSized(mask, shape, connectivity);
        return (labels, sizes.Length);
    }

    /// <summary>The labels of <see cref="Label"/>, and how many voxels each region has.</summary>
    internal static (int[] Labels, long[] Sizes) LabelSized(ReadOnlySpan<byte> mask, VolumeShape shape, Connectivity connectivity)
    {
        var (runs, count) = LabelRuns(mask, shape, connectivity);
        var (labels, sizes) = (new int[mask.Length], new long[count]);
        foreach (var run in runs)
        {
            labels.AsSpan(run.Start, run.Length).Fill(run.Label + 1);
            sizes[run.Label] += run.Length;
        }

        return (labels, sizes);
    }

    /// <summary>The runs of non-zero voxels in array order, each with its region's number from 0, and the number of regions.</summary>
    internal static (List<VoxelRun> Runs, int Count) LabelRuns(ReadOnlySpan<byte> mask, VolumeShape shape, Connectivity connectivity)
    {
        if (mask.Length != shape.CheckedLength())
            throw new OptionException(
                nameof(mask), $"{mask.Length} voxels", $"{shape.VoxelCount} voxels for shape {shape}",
                "Pass as many voxels as the shape has.");
        if (connectivity is not (Connectivity.Six or Connectivity.Eighteen or Connectivity.TwentySix))
            throw new OptionException(nameof(connectivity), $"{(int)connectivity}", "6, 18 or 26");

        var runs = new List<VoxelRun>();
        // rowStart[r] is the first run of row r = d * H + h; one more entry closes the last row.
        var rowStart = new int[(shape.Depth * shape.Height) + 1];
        for (int row = 0; row < rowStart.Length - 1; row++)
        {
            rowStart[row] = runs.Count;
            int start = row * shape.Width;
            AppendRuns(mask.Slice(start, shape.Width), start, runs);
        }

        rowStart[^1] = runs.Count;
        if (runs.Count == 0)
            return (runs, 0);
        var parent = new int[runs.Count];
        for (int i = 0; i < parent.Length; i++)
            parent[i] = i;

        // How far apart along W two runs may be and still touch, for rows that share a face and rows that share an edge.
        int faceReach = connectivity == Connectivity.Six ? 0 : 1;
        int edgeReach = connectivity switch { Connectivity.TwentySix => 1, Connectivity.Eighteen => 0, _ => -1 };
        for (int d = 0, row = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++, row++)
            {
                if (rowStart[row] == rowStart[row + 1])
                    continue;
                if (h > 0)
                    JoinRows(row, row - 1, faceReach);
                if (d == 0)
                    continue;
                JoinRows(row, row - shape.Height, faceReach);
                if (edgeReach < 0)
                    continue;
                if (h > 0)
                    JoinRows(row, row - shape.Height - 1, edgeReach);
                if (h < shape.Height - 1)
                    JoinRows(row, row - shape.Height + 1, edgeReach);
            }
        }

        // A root is the earliest run of its region, so numbering roots in order numbers regions by their first voxel.
        int count = 0;
        for (int i = 0; i < parent.Length; i++)
        {
            int root = Find(parent, i);
            runs[i] = runs[i] with { Label = root == i ? count++ : runs[root].Label };
        }

        return (runs, count);

        void JoinRows(int row, int other, int reach)
        {
            int a = rowStart[row], aEnd = rowStart[row + 1], b = rowStart[other], bEnd = rowStart[other + 1];
            int shift = (row - other) * shape.Width;
            while (a < aEnd && b < bEnd)
            {
                int aFirst = runs[a].Start, aLast = aFirst + runs[a].Length - 1;
                int bFirst = runs[b].Start + shift, bLast = bFirst + runs[b].Length - 1;
                if (bFirst <= aLast + reach && aFirst <= bLast + reach)
                    Union(parent, a, b);
                if (aLast < bLast)
                    a++;
                else
                    b++;
            }
        }
    }

    private static void AppendRuns(ReadOnlySpan<byte> row, int offset, List<VoxelRun> runs)
    {
        int position = 0;
        while (true)
        {
            int gap = row[position..].IndexOfAnyExcept((byte)0);
            if (gap < 0)
                return;
            position += gap;
            int length = row[position..].IndexOf((byte)0);
            if (length < 0)
                length = row.Length - position;
            runs.Add(new VoxelRun(offset + position, length, 0));
            position += length;
            if (position == row.Length)
                return;
        }
    }

    private static int Find(int[] parent, int i)
    {
        while (parent[i] != i)
            i = parent[i] = parent[parent[i]];
        return i;
    }

    private static void Union(int[] parent, int a, int b)
    {
        a = Find(parent, a);
        b = Find(parent, b);
        if (a < b)
            parent[b] = a;
        else
            parent[a] = b;
    }
}

/// <summary>Foreground voxels that follow each other along W.</summary>
/// <param name="Start">Flat index of the first.</param>
/// <param name="Length">How many.</param>
/// <param name="Label">Number of the region, from 0.</param>
internal readonly record struct VoxelRun(int Start, int Length, int Label);
