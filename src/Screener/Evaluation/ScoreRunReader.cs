using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Screener.Evaluation;

/// <summary>Reads the entries of a <see cref="ScoreRun"/> in order, through a buffer if the run lies in the spool file.</summary>
internal sealed class ScoreRunReader
{
    private readonly SafeFileHandle? _file;
    private readonly byte[] _buffer;
    private readonly bool _positive;
    private int _position, _end;
    private long _fileOffset, _unread;
    private uint _key;

    internal ScoreRunReader(ScoreRun run, SafeFileHandle? file, int bufferBytes)
    {
        _positive = run.Positive;
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

    internal bool Positive => _positive;

    /// <summary>True once every entry has been passed.</summary>
    internal bool Done { get; private set; }

    /// <summary>The key of the current entry.</summary>
    internal uint Key => _key;

    /// <summary>The voxels of the current entry.</summary>
    internal ulong Count { get; private set; }

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

        ulong head = Varint();
        _key += (uint)(head >> 1);
        Count = (head & 1) == 0 ? 1 : Varint();
        if (_positive)
            Weight = WideVarint();
    }

    /// <summary>Adds all entries up to <paramref name="last"/> to a window of counts that starts at key <paramref name="first"/>.</summary>
    /// <returns>The number of voxels added.</returns>
    internal ulong AddNegatives(Span<ulong> counts, uint first, uint last)
    {
        ulong sum = 0;
        while (!Done && _key <= last)
        {
            counts[(int)(_key - first)] += Count;
            sum += Count;
            MoveNext();
        }

        return sum;
    }

    /// <summary>Adds all entries up to <paramref name="last"/> to windows of counts and weights that start at key <paramref name="first"/>.</summary>
    internal void AddPositives(Span<ulong> counts, Span<UInt128> weights, uint first, uint last)
    {
        while (!Done && _key <= last)
        {
            counts[(int)(_key - first)] += Count;
            weights[(int)(_key - first)] += Weight;
            MoveNext();
        }
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
    private ulong Varint()
    {
        byte[] buffer = _buffer;
        int position = _position;
        ulong value = buffer[position++];
        if (value >= 0x80)
        {
            value &= 0x7F;
            for (int shift = 7; ; shift += 7)
            {
                ulong next = buffer[position++];
                value |= (next & 0x7F) << shift;
                if (next < 0x80)
                    break;
            }
        }

        _position = position;
        return value;
    }

    private UInt128 WideVarint()
    {
        UInt128 value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = _buffer[_position++];
            value |= (UInt128)(next & 0x7Fu) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
