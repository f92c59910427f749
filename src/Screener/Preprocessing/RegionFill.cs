using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Preprocessing;

/// <summary>
/// Fills the parts of a region that face neighbours connect to what is reached already. Works on whole rows; memory is bounded by the
/// number of rows.
/// </summary>
internal sealed class RegionFill
{
    private readonly BitVolume _region;
    private readonly int[] _queue;
    private readonly bool[] _queued;
    private readonly ulong[] _line;
    private int _head, _count;

    internal RegionFill(BitVolume region)
    {
        _region = region;
        Reached = new BitVolume(region.Shape);
        _queue = new int[region.Rows];
        _queued = new bool[region.Rows];
        _line = new ulong[region.WordsPerRow];
    }

    /// <summary>The voxels reached so far.</summary>
    internal BitVolume Reached { get; }

    /// <summary>Marks the given voxels of a row, as far as they belong to the region, as a place to start from.</summary>
    /// <returns>The number of voxels that were reached at once.</returns>
    internal long Seed(int row, ReadOnlySpan<ulong> voxels)
    {
        voxels.CopyTo(_line);
        return Spread(row);
    }

    /// <summary>Fills from the seeds.</summary>
    /// <returns>The number of voxels reached in addition.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal long Run(CancellationToken cancellation)
    {
        int height = _region.Shape.Height, depth = _region.Shape.Depth;
        long added = 0;
        while (_count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            int row = _queue[_head], d = row / height, h = row % height;
            _head = _head + 1 == _queue.Length ? 0 : _head + 1;
            _count--;
            _queued[row] = false;

            Array.Clear(_line);
            if (d > 0)
                Join(row - height);
            if (d + 1 < depth)
                Join(row + height);
            if (h > 0)
                Join(row - 1);
            if (h + 1 < height)
                Join(row + 1);
            added += Spread(row);
        }

        return added;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Join(int row)
    {
        var reached = Reached.Row(row);
        for (int i = 0; i < reached.Length; i++)
            _line[i] |= reached[i];
    }

    // Reaches the runs of the region's row that the voxels of _line touch, and queues the neighbours if that is news.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long Spread(int row)
    {
        var region = _region.Row(row);
        var reached = Reached.Row(row);
        ulong news = 0;
        for (int i = 0; i < region.Length; i++)
            news |= _line[i] & region[i] & ~reached[i];
        if (news == 0)
            return 0;

        ulong carry = 0;
        for (int i = 0; i < region.Length; i++)
        {
            ulong bits = FillUp((_line[i] | carry) & region[i], region[i]);
            _line[i] = bits;
            carry = bits >> 63;
        }

        carry = 0;
        long added = 0;
        for (int i = region.Length - 1; i >= 0; i--)
        {
            ulong bits = FillDown((_line[i] | (carry << 63)) & region[i], region[i]);
            carry = bits & 1;
            added += BitOperations.PopCount(bits & ~reached[i]);
            reached[i] |= bits;
        }

        int height = _region.Shape.Height, h = row % height;
        if (row >= height)
            Queue(row - height);
        if (row + height < _region.Rows)
            Queue(row + height);
        if (h > 0)
            Queue(row - 1);
        if (h + 1 < height)
            Queue(row + 1);
        return added;
    }

    private void Queue(int row)
    {
        if (_queued[row])
            return;
        _queued[row] = true;
        int tail = _head + _count;
        _queue[tail < _queue.Length ? tail : tail - _queue.Length] = row;
        _count++;
    }

    // Each set bit spreads over the open bits above it, 1, 2, 4 ... 32 places at a time.
    private static ulong FillUp(ulong set, ulong open)
    {
        for (int shift = 1; shift < 64; shift *= 2)
        {
            set |= open & (set << shift);
            open &= open << shift;
        }

        return set;
    }

    private static ulong FillDown(ulong set, ulong open)
    {
        for (int shift = 1; shift < 64; shift *= 2)
        {
            set |= open & (set >> shift);
            open &= open >> shift;
        }

        return set;
    }
}
