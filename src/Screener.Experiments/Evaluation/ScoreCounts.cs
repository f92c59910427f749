using System.Numerics;

namespace Screener.Evaluation;

/// <summary>
/// How many voxels have which score, in bounded memory: counts over the leading bits of <see cref="ScoreKey"/>, of all 32 bits while there
/// is room, and of fewer where few voxels are.
/// </summary>
/// <remarks>
/// A count stands for the range of keys that share its leading bits: a node of the binary tree of keys. When there are too many,
/// <see cref="Coarse"/> joins those below a node that hold no more than a share of all voxels. What comes later is counted by all bits
/// again, also within such a range. So a key of many voxels keeps a count of its own and a range never holds many, whatever the
/// distribution. With all voxels at the last keys of their ranges, or at the first (<see cref="AtFirstKeys"/>), the truth lies between.
/// </remarks>
internal sealed class ScoreCounts
{
    // In the order of the last key; of two with the same the narrower first: what lies within a range stands just before it.
    private uint[] _last = [];
    private byte[] _openBits = [];

    // Voxels of a count and of all before it; their weight in the same way, where they have one.
    private ulong[] _upTo = [];
    private UInt128[]? _weightUpTo;
    private double _share;

    /// <summary>Number of counts.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether every count is of one key.</summary>
    internal bool IsExact => !_openBits.AsSpan(0, Length).ContainsAnyExcept((byte)0);

    internal ulong Voxels => UpTo(Length);

    internal UInt128 Weight => WeightUpTo(Length);

    /// <summary>The counts of ascending keys.</summary>
    internal static ScoreCounts Of(ReadOnlySpan<uint> sorted)
    {
        int distinct = sorted.IsEmpty ? 0 : 1;
        for (int i = 1; i < sorted.Length; i++)
            distinct += sorted[i] == sorted[i - 1] ? 0 : 1;
        var counts = new ScoreCounts();
        counts.Resize(distinct);
        for (int i = 0; i < sorted.Length;)
        {
            uint key = sorted[i];
            while (++i < sorted.Length && sorted[i] == key)
            {
            }

            counts.Append(key, 0, (ulong)i, 0);
        }

        return counts;
    }

    /// <summary>The counts and weights of lesion voxels.</summary>
    /// <param name="sorted">Key in the high half, ascending, and region in the low half.</param>
    /// <param name="weights">Weight of one voxel of each region.</param>
    internal static ScoreCounts Of(ReadOnlySpan<ulong> sorted, ReadOnlySpan<ulong> weights)
    {
        var counts = new ScoreCounts { _weightUpTo = [] };
        counts.Resize(sorted.Length);
        UInt128 weight = 0;
        for (int i = 0; i < sorted.Length;)
        {
            uint key = (uint)(sorted[i] >> 32);
            for (; i < sorted.Length && (uint)(sorted[i] >> 32) == key; i++)
                weight += weights[(int)(uint)sorted[i]];
            counts.Append(key, 0, (ulong)i, weight);
        }

        return counts;
    }

    /// <summary>These counts and others, of single keys. Either may become part of the sum and must not be used again.</summary>
    /// <param name="more">What to add.</param>
    /// <param name="capacity">Most counts to have, unless <paramref name="more"/> alone has more.</param>
    /// <param name="fine">See <see cref="Coarse"/>.</param>
    internal ScoreCounts Add(ScoreCounts more, int capacity, double fine = 1)
    {
        if (Length == 0)
            return more;
        var sum = this;
        for (int start = 0, end; start < more.Length; start = end)
        {
            end = Math.Min(more.Length, start + (capacity / 2));
            int length = sum.LengthWith(more, start, end);
            if (length > capacity)
            {
                sum = sum.Coarse(capacity / 2, fine);
                length = sum.LengthWith(more, start, end);
            }

            sum.Merge(more, start, end, length);
        }

        return sum;
    }

    /// <summary>A copy with few counts of the same voxels.</summary>
    /// <param name="most">Most counts to have.</param>
    /// <param name="fine">The part of all voxels, from the highest score, for which small ranges matter most: ranges of the others may hold
    /// 1 / <paramref name="fine"/> times as much.</param>
    internal ScoreCounts Coarse(int most, double fine = 1)
    {
        var coarse = this;
        double share = Length <= most ? 0 : Math.Max(0.5 / most, 0.98 * _share);
        do
        {
            var next = new ScoreCounts { _weightUpTo = _weightUpTo is null ? null : [], _share = share };
            next.Resize(Math.Min(Length, most));
            if (Length > 0)
                coarse.Join(0, coarse.Length, share, fine, next);
            coarse = next;
            share *= 1.1;
        }
        while (coarse.Length > most);
        return coarse;
    }

    /// <summary>The same voxels, each at the first key of its range: the highest score that it may have.</summary>
    internal ScoreCounts AtFirstKeys()
    {
        var keys = new uint[Length];
        var order = new int[Length];
        for (int i = 0; i < Length; i++)
            (keys[i], order[i]) = (First(i), i);
        Array.Sort(keys, order);
        var moved = new ScoreCounts { _weightUpTo = _weightUpTo is null ? null : [] };
        moved.Resize(Length);
        foreach (int i in order)
            moved.Append(First(i), 0, moved.Voxels + UpTo(i + 1) - UpTo(i), moved.Weight + WeightUpTo(i + 1) - WeightUpTo(i));
        return moved;
    }

    /// <summary>Passes every voxel to <paramref name="curve"/>, in the order of the last keys.</summary>
    internal static void Walk(ScoreCounts negatives, ScoreCounts positives, CurveIntegral curve)
    {
        int n = 0;
        ulong passed = 0;
        for (int p = 0; p < positives.Length;)
        {
            uint key = positives._last[p];
            while (n < negatives.Length && negatives._last[n] < key)
                n++;
            ulong above = negatives.UpTo(n);
            if (above > passed)
                curve.Negatives(above - passed, negatives._last[n - 1]);
            while (n < negatives.Length && negatives._last[n] == key)
                n++;
            passed = negatives.UpTo(n);
            int first = p;
            while (p < positives.Length && positives._last[p] == key)
                p++;
            curve.Step(
                key, passed - above, positives.UpTo(p) - positives.UpTo(first), positives.WeightUpTo(p) - positives.WeightUpTo(first));
        }

        if (negatives.Voxels > passed)
            curve.Negatives(negatives.Voxels - passed, negatives._last[negatives.Length - 1]);
    }

    /// <summary>
    /// Adds the voxels to bins: bin j takes the keys above threshold j - 1 and up to threshold j, and of a range across thresholds the part
    /// of the voxels that it has of the keys.
    /// </summary>
    /// <param name="thresholds">Ascending, to the last key of all.</param>
    /// <param name="counts">Voxels by bin.</param>
    /// <param name="weights">Their weight in regions by bin.</param>
    internal void AddTo(ReadOnlySpan<uint> thresholds, Span<float> counts, Span<float> weights)
    {
        for (int i = 0; i < Length; i++)
        {
            double voxels = UpTo(i + 1) - UpTo(i);
            double weight = Math.ScaleB((double)(WeightUpTo(i + 1) - WeightUpTo(i)), -CurveIntegral.RegionWeightBits);
            uint from = First(i), last = Math.Min(_last[i], thresholds[^1]);
            double size = last - from + 1.0;
            for (int bin = FirstFrom(thresholds, from); ; bin++)
            {
                uint to = Math.Min(last, thresholds[bin]);
                double part = (to - from + 1.0) / size;
                counts[bin] += (float)(part * voxels);
                weights[bin] += (float)(part * weight);
                if (to == last)
                    break;
                from = to + 1;
            }
        }
    }

    private static uint Mask(int openBits) => (uint)((1UL << openBits) - 1);

    /// <summary>The first place of a value of at least <paramref name="value"/> among ascending ones.</summary>
    private static int FirstFrom(ReadOnlySpan<uint> ascending, uint value)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (ascending[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private uint First(int i) => _last[i] & ~Mask(_openBits[i]);

    private ulong UpTo(int end) => end == 0 ? 0 : _upTo[end - 1];

    private UInt128 WeightUpTo(int end) => end == 0 || _weightUpTo is null ? 0 : _weightUpTo[end - 1];

    private void Resize(int size)
    {
        Array.Resize(ref _last, size);
        Array.Resize(ref _openBits, size);
        Array.Resize(ref _upTo, size);
        if (_weightUpTo is not null)
            Array.Resize(ref _weightUpTo, size);
    }

    private void Append(uint last, byte openBits, ulong upTo, UInt128 weightUpTo)
    {
        if (Length == _last.Length)
            Resize(Length + (Length / 2) + 16);
        (_last[Length], _openBits[Length], _upTo[Length]) = (last, openBits, upTo);
        if (_weightUpTo is not null)
            _weightUpTo[Length] = weightUpTo;
        Length++;
    }

    /// <summary>How many counts there are with some of <paramref name="more"/>.</summary>
    private int LengthWith(ScoreCounts more, int start, int end)
    {
        int length = Length + end - start;
        for (int i = 0, j = start; i < Length && j < end; j++)
        {
            while (i < Length && _last[i] < more._last[j])
                i++;
            if (i < Length && _last[i] == more._last[j] && _openBits[i] == 0)
                length--;
        }

        return length;
    }

    /// <summary>Adds some of <paramref name="more"/>, which makes <paramref name="length"/> counts, from the end, in place.</summary>
    private void Merge(ScoreCounts more, int start, int end, int length)
    {
        if (_last.Length < length)
            Resize(length);
        int i = Length - 1;
        for (int j = end - 1, to = length - 1; j >= start; to--)
        {
            uint key = more._last[j];
            ulong added = more.UpTo(j + 1) - more.UpTo(start);
            UInt128 addedWeight = more.WeightUpTo(j + 1) - more.WeightUpTo(start);
            ulong upTo = UpTo(i + 1) + added;
            UInt128 weightUpTo = WeightUpTo(i + 1) + addedWeight;
            bool isKnown = i >= 0 && _last[i] == key && _openBits[i] == 0, isLater = !isKnown && i >= 0 && _last[i] >= key;
            (_last[to], _openBits[to], _upTo[to]) = isLater ? (_last[i], _openBits[i], upTo) : (key, (byte)0, upTo);
            if (_weightUpTo is not null)
                _weightUpTo[to] = weightUpTo;
            if (isLater || isKnown)
                i--;
            if (!isLater)
                j--;
        }

        Length = length;
    }

    /// <summary>Appends the counts from one place up to another to <paramref name="coarse"/>, small ones together.</summary>
    private void Join(int from, int to, double share, double fine, ScoreCounts coarse)
    {
        uint last = _last[to - 1];
        int openBits = _openBits[to - 1];
        // The smallest range that holds all of them. Only the last can be that range itself.
        if (to - from > 1)
            openBits = Math.Max(openBits, 32 - BitOperations.LeadingZeroCount(First(from) ^ last));
        last |= Mask(openBits);
        if (to - from == 1 || IsSmall())
        {
            coarse.Append(last, (byte)openBits, UpTo(to), WeightUpTo(to));
            return;
        }

        int end = _openBits[to - 1] == openBits ? to - 1 : to;
        int half = from + FirstFrom(_last.AsSpan(from..end), last - Mask(openBits - 1));
        if (half > from)
            Join(from, half, share, fine, coarse);
        if (end > half)
            Join(half, end, share, fine, coarse);
        if (end < to)
            coarse.Append(last, (byte)openBits, UpTo(to), WeightUpTo(to));

        bool IsSmall()
        {
            double part = UpTo(from) < fine * Voxels ? share : share / fine;
            return UpTo(to) - UpTo(from) <= part * Voxels && (double)(WeightUpTo(to) - WeightUpTo(from)) <= part * (double)Weight;
        }
    }
}
