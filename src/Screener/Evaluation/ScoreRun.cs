using System.Runtime.CompilerServices;

namespace Screener.Evaluation;

/// <summary>
/// The sorted scores of one part of one case, as bytes: for each distinct key the step from the key before, how many
/// voxels have it and, in runs of positives, their weight.
/// </summary>
/// <remarks>
/// An entry is the varint <c>step &lt;&lt; 1 | many</c>, then the varint <c>count</c> if <c>many</c>, then the varint
/// weight if the run holds positives. A dense map takes little more than one byte a voxel instead of four.
/// </remarks>
/// <param name="Case">Number of the case, in the order of arrival.</param>
/// <param name="Positive">True for lesion voxels, false for the others.</param>
/// <param name="Bytes">The entries, while they are in memory.</param>
/// <param name="Offset">Where the entries start in the spool file otherwise.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record ScoreRun(int Case, bool Positive, byte[]? Bytes, long Offset, long Length)
{
    /// <summary>No entry is longer: step 5 bytes, count 10, weight 19.</summary>
    internal const int MaxEntryBytes = 34;

    /// <summary>Encodes sorted keys of negatives.</summary>
    internal static byte[] EncodeNegatives(ReadOnlySpan<uint> sorted)
    {
        var writer = new EntryWriter(sorted.Length + (sorted.Length / 2));
        uint previous = 0;
        for (int i = 0; i < sorted.Length;)
        {
            uint key = sorted[i];
            int end = i + 1;
            while (end < sorted.Length && sorted[end] == key)
                end++;
            writer.Reserve();
            writer.KeyAndCount(key - previous, (ulong)(end - i));
            previous = key;
            i = end;
        }

        return writer.ToArray();
    }

    /// <summary>Encodes positives, sorted by their high half (the key); the low half is the number of the region.</summary>
    /// <param name="sorted">Key and region of each positive voxel.</param>
    /// <param name="weights">Weight of one voxel of each region.</param>
    internal static byte[] EncodePositives(ReadOnlySpan<ulong> sorted, ReadOnlySpan<ulong> weights)
    {
        var writer = new EntryWriter(sorted.Length * 8);
        uint previous = 0;
        for (int i = 0; i < sorted.Length;)
        {
            uint key = (uint)(sorted[i] >> 32);
            UInt128 weight = 0;
            int end = i;
            for (; end < sorted.Length && (uint)(sorted[end] >> 32) == key; end++)
                weight += weights[(int)(uint)sorted[end]];
            writer.Reserve();
            writer.KeyAndCount(key - previous, (ulong)(end - i));
            writer.Varint(weight);
            previous = key;
            i = end;
        }

        return writer.ToArray();
    }

    private struct EntryWriter(int capacity)
    {
        private byte[] _bytes = new byte[Math.Max(capacity, 64)];
        private int _length;

        internal void Reserve()
        {
            if (_bytes.Length - _length < MaxEntryBytes)
                Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, (2L * _bytes.Length) + MaxEntryBytes));
        }

        internal void KeyAndCount(uint step, ulong count)
        {
            ulong many = count > 1 ? 1UL : 0;
            Varint(((ulong)step << 1) | many);
            if (many != 0)
                Varint(count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                _bytes[_length++] = (byte)(value | 0x80);
            _bytes[_length++] = (byte)value;
        }

        internal void Varint(UInt128 value)
        {
            for (; value > ulong.MaxValue; value >>= 7)
                _bytes[_length++] = (byte)((byte)value | 0x80);
            Varint((ulong)value);
        }

        internal readonly byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();
    }
}
