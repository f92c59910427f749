using Screener.Imaging;

namespace Screener.Interactive.Viewer;

/// <summary>One of the volumes that the viewer lays over each other: bytes on a canonical grid of its own, packed.</summary>
/// <param name="Grid">The blocks that the bytes stand for.</param>
/// <param name="Streams">What <see cref="LevelCodec"/> made of them.</param>
internal sealed record ShownLayer(ShownGrid Grid, byte[][] Streams)
{
    private const int SampleRuns = 4, SampleLength = 5;

    /// <summary>Characters of base64, with a comma and quotation marks around each stream.</summary>
    internal int TextLength => Streams.Sum(s => (((s.Length + 2) / 3) * 4) + 3);

    /// <summary>Block means of a CT, as HU levels.</summary>
    internal static ShownLayer OfCt(CtVolume ct, ShownGrid grid, LevelTable table, int threads)
    {
        int[] slices = [.. Enumerable.Range(0, grid.Shape.Depth)];
        var levels = table.LevelsOf(Means(ct, grid, slices, threads), threads);
        return Pack(grid, Reorientation.Permute(levels, grid.Shape, grid.Orientation, threads), threads);
    }

    /// <summary>About how many characters <see cref="OfCt"/> makes, from a few slices of the volume.</summary>
    internal static int EstimateTextLength(CtVolume ct, ShownGrid grid, LevelTable table, int threads)
    {
        int depth = grid.Shape.Depth;
        if (depth < 3 * SampleRuns * SampleLength)
            return OfCt(ct, grid, table, threads).TextLength;

        // Runs, not single slices: a slice is predicted from the one before.
        int[] slices = [
            .. Enumerable.Range(0, SampleRuns).SelectMany(
                run => Enumerable.Range((int)(depth * (run + 0.5) / SampleRuns) - (SampleLength / 2), SampleLength))];
        var levels = table.LevelsOf(Means(ct, grid, slices, threads), threads);
        var streams = LevelCodec.Pack(levels, grid.Shape with { Depth = slices.Length }, threads);
        return (int)((long)streams.Sum(s => s.Length) * depth / slices.Length * 4 / 3);
    }

    /// <summary>Packs bytes on the canonical grid.</summary>
    internal static ShownLayer Pack(ShownGrid grid, byte[] levels, int threads) =>
        new(grid, LevelCodec.Pack(levels, grid.Canonical.Shape, threads));

    private static float[] Means(CtVolume ct, ShownGrid grid, int[] slices, int threads)
    {
        var means = GC.AllocateUninitializedArray<float>(slices.Length * grid.Shape.Height * grid.Shape.Width);
        BlockReduction.Mean(ct.Voxels, grid, slices, means, threads);
        return means;
    }
}
