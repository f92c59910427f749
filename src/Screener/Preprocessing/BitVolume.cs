using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>
/// A mask of one bit per voxel: an eighth of a byte mask's memory, and 64 voxels per instruction. Rows along W start at whole words.
/// </summary>
internal sealed class BitVolume
{
    private readonly ulong[] _bits;
    private readonly ulong _tail;

    internal BitVolume(VolumeShape shape)
    {
        Shape = shape;
        WordsPerRow = (shape.Width + 63) / 64;
        _bits = new ulong[checked(shape.Depth * shape.Height * WordsPerRow)];
        _tail = shape.Width % 64 == 0 ? ulong.MaxValue : (1UL << (shape.Width % 64)) - 1;
    }

    internal VolumeShape Shape { get; }

    internal int WordsPerRow { get; }

    internal int Rows => Shape.Depth * Shape.Height;

    /// <summary>The words of row d * H + h. Bits beyond W are 0.</summary>
    internal Span<ulong> Row(int row) => _bits.AsSpan(row * WordsPerRow, WordsPerRow);

    /// <summary>The voxels of at least <paramref name="threshold"/>; NaN is below any.</summary>
    internal static BitVolume AtLeast(float[] voxels, VolumeShape shape, float threshold, ParallelOptions parallel)
    {
        var result = new BitVolume(shape);
        Parallel.For(0, shape.Depth, parallel, d =>
        {
            for (int h = 0; h < shape.Height; h++)
                Compare(voxels.AsSpan(shape.Index(d, h, 0), shape.Width), threshold, result.Row((d * shape.Height) + h));
        });
        return result;
    }

    /// <summary>One byte per voxel, 0 or 1.</summary>
    internal byte[] ToBytes(ParallelOptions parallel)
    {
        var result = GC.AllocateUninitializedArray<byte>(Shape.CheckedLength());
        Parallel.For(0, Shape.Depth, parallel, d =>
        {
            for (int h = 0; h < Shape.Height; h++)
                Expand(Row((d * Shape.Height) + h), result.AsSpan(Shape.Index(d, h, 0), Shape.Width));
        });
        return result;
    }

    /// <summary>Takes over every voxel of a mask of the same shape.</summary>
    internal void CopyFrom(BitVolume other) => other._bits.CopyTo(_bits, 0);

    /// <summary>Every voxel the other way round.</summary>
    internal void Invert()
    {
        for (int row = 0; row < Rows; row++)
        {
            var words = Row(row);
            foreach (ref ulong word in words)
                word = ~word;
            words[^1] &= _tail;
        }
    }

    /// <summary>Leaves the voxels that are set in <paramref name="other"/> too.</summary>
    internal void And(BitVolume other)
    {
        for (int i = 0; i < _bits.Length; i++)
            _bits[i] &= other._bits[i];
    }

    /// <summary>Leaves the voxels whose whole box of the given radii is set. What lies beyond the volume counts as set.</summary>
    internal void Erode(int radiusD, int radiusH, int radiusW, ParallelOptions parallel)
    {
        Parallel.For(0, Shape.Depth, parallel, d =>
        {
            var line = new ulong[WordsPerRow];
            for (int h = 0; h < Shape.Height; h++)
                ErodeRow(Row((d * Shape.Height) + h), line, radiusW);
            ErodeLines(d * Shape.Height, 1, Shape.Height, radiusH);
        });
        Parallel.For(0, Shape.Height, parallel, h => ErodeLines(h, Shape.Height, Shape.Depth, radiusD));
    }

    /// <summary>Adds the voxels within a box of the given radii of a set one.</summary>
    internal void Dilate(int radiusD, int radiusH, int radiusW, ParallelOptions parallel)
    {
        Invert();
        Erode(radiusD, radiusH, radiusW, parallel);
        Invert();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ErodeRow(Span<ulong> row, Span<ulong> line, int radius)
    {
        row[^1] |= ~_tail;
        for (int step = 0; step < radius; step++)
        {
            row.CopyTo(line);
            for (int i = 0; i < row.Length; i++)
            {
                ulong before = i > 0 ? line[i - 1] : ulong.MaxValue, after = i + 1 < row.Length ? line[i + 1] : ulong.MaxValue;
                row[i] = line[i] & ((line[i] << 1) | (before >> 63)) & ((line[i] >> 1) | (after << 63));
            }

            row[^1] |= ~_tail;
        }

        row[^1] &= _tail;
    }

    // Along D or H: each row becomes the conjunction of the rows within the radius.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ErodeLines(int first, int stride, int count, int radius)
    {
        if (radius == 0)
            return;
        var original = new ulong[count * WordsPerRow];
        for (int i = 0; i < count; i++)
            Row(first + (i * stride)).CopyTo(original.AsSpan(i * WordsPerRow));
        for (int i = 0; i < count; i++)
        {
            var row = Row(first + (i * stride));
            for (int other = Math.Max(0, i - radius); other <= Math.Min(count - 1, i + radius); other++)
            {
                var words = original.AsSpan(other * WordsPerRow, WordsPerRow);
                for (int k = 0; k < row.Length; k++)
                    row[k] &= words[k];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compare(ReadOnlySpan<float> source, float threshold, Span<ulong> row)
    {
        ref float first = ref MemoryMarshal.GetReference(source);
        var level = Vector512.Create(threshold);
        int w = 0;
        for (; w + 16 <= source.Length; w += 16)
            row[w / 64] |= Vector512.GreaterThanOrEqual(
                Vector512.LoadUnsafe(ref first, (nuint)w), level).ExtractMostSignificantBits() << (w % 64);
        for (; w < source.Length; w++)
            row[w / 64] |= (source[w] >= threshold ? 1UL : 0) << (w % 64);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand(ReadOnlySpan<ulong> row, Span<byte> target)
    {
        int w = 0;
        for (; w + 8 <= target.Length; w += 8)
        {
            // Seven copies of the low seven bits, each seven places higher, put bit k into byte k; bit 7 goes by itself.
            ulong eight = (row[w / 64] >> (w % 64)) & 0xFF;
            ulong bytes = (((eight & 0x7F) * 0x0002040810204081) | (eight << 49)) & 0x0101010101010101;
            BinaryPrimitives.WriteUInt64LittleEndian(target[w..], bytes);
        }

        for (; w < target.Length; w++)
            target[w] = (byte)((row[w / 64] >> (w % 64)) & 1);
    }
}
