using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Screener.Evaluation;

/// <summary>Reads the entries of a <see cref="ScoreRun"/> in order, through a buffer if the run lies in the spool file.</summary>
internal sealed class ScoreRunReader
{
    private readonly SafeFileHandle? _file;
    private readonly byte[] _buffer;
    private int _position, _end;
    private long _fileOffset, _unread;
    private uint _key;
    private ulong _count;

    internal ScoreRunReader(ScoreRun run, SafeFileHandle? file, int bufferBytes)
    {
        Positive = run.Positive;
        if (run.Bytes is not null)
        {
            _buffer = run.Bytes;
            _end = run.Bytes.Length;
        }
        else
        {
            _file = file;
            _fileOffset = run.Offset;
            _unread = run.Length;
            _buffer = new byte[Math.Max(bufferBytes, 2 * ScoreRun.MaxEntryBytes)];
        }

        MoveNext();
    }

    internal bool Positive { get; }

    /// <summary>True once every entry has been passed.</summary>
    internal bool Done { get; private set; }

    /// <summary>The key of the current entry.</summary>
    internal uint Key => _key;

    /// <summary>The voxels of the current entry.</summary>
    internal ulong Count => _count;

    /// <summary>The weight of the current entry; 0 in runs of negatives.</summary>
    internal UInt128 Weight { get; private set; }

    /// <summary>Goes to the next entry, or to <see cref="Done"/>.</summary>
    internal void MoveNext()
    {
        if (_end - _position < ScoreRun.MaxEntryBytes && _unread > 0)
            Refill();
        if (_position == _end)
        {
            Done = true;
            return;
        }

        ulong head = Varint(_buffer, ref _position);
        _key += (uint)(head >> 1);
        _count = (head & 1) == 0 ? 1 : Varint(_buffer, ref _position);
        if (Positive)
            Weight = WideVarint();
    }

    /// <summary>Passes all entries of a run of negatives up to <paramref name="last"/>, adding them to a window.</summary>
    internal void AddNegatives(KeyWindow window, uint last)
    {
        // The entries of negatives are most of all there is to read: this loop keeps its state in registers.
        ref ulong counts = ref MemoryMarshal.GetArrayDataReference(window.Negatives);
        ref ulong marks = ref MemoryMarshal.GetArrayDataReference(window.NegativeMarks);
        byte[] buffer = _buffer;
        while (!Done && _key <= last)
        {
            int safe = _unread > 0 ? _end - ScoreRun.MaxEntryBytes : _end;
            int position = _position;
            uint key = _key;
            ulong count = _count;
            while (true)
            {
                nuint slot = key & (KeyWindow.Keys - 1);
                Unsafe.Add(ref counts, slot) += count;
                Unsafe.Add(ref marks, slot >> 6) |= 1UL << (int)slot;
                if (position >= safe)
                    break;
                uint head = buffer[position];
                if (head < 0x80)
                {
                    position++;
                    key += head >> 1;
                    count = (head & 1) == 0 ? 1 : Varint(buffer, ref position);
                }
                else
                {
                    ulong wide = Varint(buffer, ref position);
                    key += (uint)(wide >> 1);
                    count = (wide & 1) == 0 ? 1 : Varint(buffer, ref position);
                }

                if (key > last)
                {
                    (_position, _key, _count) = (position, key, count);
                    return;
                }
            }

            (_position, _key) = (position, key);
            MoveNext();
        }
    }

    /// <summary>Passes all entries of a run of positives up to <paramref name="last"/>, adding them to a window.</summary>
    internal void AddPositives(KeyWindow window, uint last)
    {
        for (; !Done && _key <= last; MoveNext())
        {
            int slot = (int)(_key & (KeyWindow.Keys - 1));
            window.Positives[slot] += _count;
            window.Weights[slot] += Weight;
            window.PositiveMarks[slot >> 6] |= 1UL << slot;
        }
    }

    /// <summary>Passes all entries up to <paramref name="last"/> and adds them up.</summary>
    internal (ulong Count, UInt128 Weight) Sum(uint last)
    {
        ulong sum = 0;
        UInt128 weight = 0;
        for (; !Done && _key <= last; MoveNext())
        {
            sum += _count;
            weight += Weight;
        }

        return (sum, weight);
    }

    private void Refill()
    {
        int rest = _end - _position;
        _buffer.AsSpan(_position, rest).CopyTo(_buffer);
        _position = 0;
        _end = rest;
        while (_end < _buffer.Length && _unread > 0)
        {
            int read = RandomAccess.Read(_file!, _buffer.AsSpan(_end, (int)Math.Min(_buffer.Length - _end, _unread)), _fileOffset);
            if (read == 0)
                throw new EndOfStreamException("The temporary file of the evaluation is shorter than what was written to it.");
            _end += read;
            _fileOffset += read;
            _unread -= read;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Varint(byte[] buffer, ref int position)
    {
        ulong value = buffer[position++];
        if (value < 0x80)
            return value;
        value &= 0x7F;
        for (int shift = 7; ; shift += 7)
        {
            ulong next = buffer[position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private UInt128 WideVarint()
    {
        // Nine bytes hold 63 bits: all but the weights of the smallest lesions.
        ulong low = 0;
        int shift = 0;
        for (; shift < 63; shift += 7)
        {
            byte next = _buffer[_position++];
            low |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return low;
        }

        UInt128 value = low;
        for (; ; shift += 7)
        {
            byte next = _buffer[_position++];
            value |= (UInt128)(next & 0x7Fu) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
