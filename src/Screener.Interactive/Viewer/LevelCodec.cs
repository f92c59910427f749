using System.IO.Compression;
using System.Runtime.CompilerServices;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>Packs a volume of levels without loss, for a browser that has gunzip and little else.</summary>
/// <remarks>
/// Each level is predicted from its neighbours towards the volume's origin, as a plane through them held between the three
/// nearest, and what remains goes to one of nine streams by how much those three differ: in each stream all remainders are
/// about as large, which Huffman's code needs to be short. Each stream is a
/// gzip file, or nothing if it is empty.
/// </remarks>
internal static class LevelCodec
{
    private const int Streams = 9;

    /// <summary>The stream by the difference of the highest and the lowest neighbour.</summary>
    private static readonly byte[] StreamOf = [
        .. Enumerable.Range(0, 256).Select(d => (byte)(d < 4 ? d : d < 6 ? 4 : d < 9 ? 5 : d < 14 ? 6 : d < 24 ? 7 : 8))];

    /// <summary>Packs levels.</summary>
    /// <param name="levels">[D, H, W] of <paramref name="shape"/>.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="threads">0 means one per processor.</param>
    /// <returns>Nine streams.</returns>
    internal static byte[][] Pack(byte[] levels, VolumeShape shape, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(levels.Length, shape.CheckedLength());
        var (remainders, lengths) = Remainders(levels, shape);
        var packed = new byte[Streams][];
        var parallel = ThreadCounts.Parallel(threads);
        Parallel.ForEach(
            Enumerable.Range(0, Streams).OrderByDescending(s => lengths[s]), parallel,
            s => packed[s] = Gzip(remainders[s].AsSpan(0, lengths[s])));
        return packed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (byte[][] Remainders, int[] Lengths) Remainders(byte[] levels, VolumeShape shape)
    {
        // One slice, row and column of zeros before the volume stand for the neighbours that are missing.
        int row = shape.Width + 1, plane = row * (shape.Height + 1);
        byte[] above = new byte[plane], slice = new byte[plane];
        var remainders = new byte[Streams][];
        var lengths = new int[Streams];
        for (int s = 0; s < Streams; s++)
            remainders[s] = GC.AllocateUninitializedArray<byte>((levels.Length / 6) + shape.Width);
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                levels.AsSpan(shape.Index(d, h, 0), shape.Width).CopyTo(slice.AsSpan(((h + 1) * row) + 1));
                for (int s = 0; s < Streams; s++)
                {
                    if (remainders[s].Length - lengths[s] < shape.Width)
                        Array.Resize(ref remainders[s], Math.Max(remainders[s].Length * 2, lengths[s] + shape.Width));
                }

                for (int i = ((h + 1) * row) + 1; i < (h + 2) * row; i++)
                {
                    int west = slice[i - 1], north = slice[i - row], under = above[i];
                    int low = Math.Min(west, Math.Min(north, under)), high = Math.Max(west, Math.Max(north, under));
                    int plain = ((2 * (west + north + under)) - slice[i - row - 1] - above[i - 1] - above[i - row] + 1) / 3;
                    int s = StreamOf[high - low];
                    remainders[s][lengths[s]++] = (byte)(slice[i] - Math.Clamp(plain, low, high));
                }
            }

            (above, slice) = (slice, above);
        }

        return (remainders, lengths);
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return stream.ToArray();
    }
}
