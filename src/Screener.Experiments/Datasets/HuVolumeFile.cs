using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>What stands before the voxels of a cached volume.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Id">The case.</param>
/// <param name="Source">Where it came from, for messages.</param>
/// <param name="Shape">Voxels along [D, H, W].</param>
/// <param name="Affine">The twelve numbers of <see cref="Imaging.Affine"/>, row by row.</param>
/// <param name="Runs">How many runs of labels follow the voxels.</param>
internal sealed record HuVolumeHeader(string Dataset, string Id, string Source, int[] Shape, double[] Affine, int Runs);

/// <summary>What was written.</summary>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Sha256">The checksum of everything but itself, as the file ends with it.</param>
/// <param name="MinHu">The lowest HU.</param>
/// <param name="MaxHu">The highest HU.</param>
/// <param name="Clamped">Voxels beyond what 16 bits hold.</param>
internal readonly record struct HuVolumeSummary(long Length, string Sha256, short MinHu, short MaxHu, long Clamped);

/// <summary>Writes cached volumes; <see cref="HuVolume"/> reads them.</summary>
/// <remarks>
/// A <see cref="FramedFile"/> that starts with <c>SCRNHU01</c>. Its content starts at a multiple of 4096: the HU, [D, H, W], as int16, not
/// compressed, so that a crop is read by itself; then the runs of labels, three int32 each (first voxel, length, label).
/// </remarks>
internal static class HuVolumeFile
{
    internal const int RunLength = 12;

    internal static readonly FrameKind Kind = new(
        "SCRNHU01", "a volume of a dataset cache", "Name a file that 'screener import' wrote.",
        "Delete it and run 'screener import' again.", Alignment: 4096);

    private const int ChunkVoxels = 1 << 18;

    /// <summary>Writes a volume in canonical orientation.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="id">The case.</param>
    /// <param name="ct">HU; rounded to whole numbers.</param>
    /// <param name="labels">Values of <see cref="CaseLabel"/> on the same grid; null for none.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    internal static HuVolumeSummary Write(
        string path, string dataset, string id, CtVolume ct, LabelVolume? labels, CancellationToken cancellation)
    {
        var runs = labels is null ? [] : LabelRuns.Of(labels.Voxels);
        var header = new HuVolumeHeader(dataset, id, ct.Source, ct.Grid.ShapeNumbers, ct.Grid.AffineNumbers, runs.Count);
        var range = (Min: short.MaxValue, Max: short.MinValue, Clamped: 0L);
        var frame = FramedFile.Write(path, Kind, header, sink =>
        {
            var chunk = new short[Math.Min(ChunkVoxels, ct.Voxels.Length)];
            for (int start = 0; start < ct.Voxels.Length; start += ChunkVoxels)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(ChunkVoxels, ct.Voxels.Length - start);
                Narrow(ct.Voxels.AsSpan(start, count), chunk, ref range);
                sink.Append(MemoryMarshal.AsBytes(chunk.AsSpan(0, count)));
            }

            var tail = new byte[RunLength * runs.Count];
            for (int i = 0; i < runs.Count; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan(RunLength * i), runs[i].Start);
                BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan((RunLength * i) + 4), runs[i].Length);
                BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan((RunLength * i) + 8), runs[i].Label);
            }

            sink.Append(tail);
        });
        return new HuVolumeSummary(frame.Length, frame.Sha256, range.Min, range.Max, range.Clamped);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(ReadOnlySpan<float> hu, Span<short> stored, ref (short Min, short Max, long Clamped) range)
    {
        float low = range.Min, high = range.Max;
        int i = 0;
        if (hu.Length >= Vector<short>.Count)
        {
            var (lows, highs) = (new Vector<float>(low), new Vector<float>(high));
            for (; i <= hu.Length - Vector<short>.Count; i += Vector<short>.Count)
            {
                var a = Vector.Round(new Vector<float>(hu[i..]), MidpointRounding.ToEven);
                var b = Vector.Round(new Vector<float>(hu[(i + Vector<float>.Count)..]), MidpointRounding.ToEven);
                lows = Vector.Min(lows, Vector.Min(a, b));
                highs = Vector.Max(highs, Vector.Max(a, b));
                Vector.NarrowWithSaturation(Vector.ConvertToInt32(a), Vector.ConvertToInt32(b)).CopyTo(stored[i..]);
            }

            for (int lane = 0; lane < Vector<float>.Count; lane++)
                (low, high) = (Math.Min(low, lows[lane]), Math.Max(high, highs[lane]));
        }

        for (; i < hu.Length; i++)
        {
            float x = MathF.Round(hu[i]);
            (low, high) = (Math.Min(low, x), Math.Max(high, x));
            stored[i] = (short)Math.Clamp(x, short.MinValue, short.MaxValue);
        }

        if (low < short.MinValue || high > short.MaxValue)
        {
            foreach (float x in hu)
                range.Clamped += MathF.Round(x) is < short.MinValue or > short.MaxValue ? 1 : 0;
        }

        range.Min = (short)Math.Clamp(low, short.MinValue, short.MaxValue);
        range.Max = (short)Math.Clamp(high, short.MinValue, short.MaxValue);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(stored, stored);
    }
}
