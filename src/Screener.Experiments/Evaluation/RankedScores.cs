using System.Runtime.CompilerServices;

namespace Screener.Evaluation;

/// <summary>The scores of two classes, each sorted in memory.</summary>
internal sealed class RankedScores
{
    private const int SplitterSamples = 1024, MaxRanges = 16;

    // All negatives, then all positives. Each thread sorts a range of keys of each class; ranges follow each other.
    private readonly uint[] _sorted;
    private readonly int _negatives;

    /// <summary>Sorts scores.</summary>
    /// <param name="scores">Higher is more anomalous.</param>
    /// <param name="labels">Non-zero for positives, as many as scores.</param>
    /// <param name="region">Non-zero where to take scores from, as many; empty for everywhere.</param>
    /// <param name="threads">Threads to use.</param>
    internal unsafe RankedScores(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> region, int threads)
    {
        int length = scores.Length, ranges = Math.Clamp(Math.Min(threads, length >> 16), 1, MaxRanges), chunks = ranges;
        var splitters = Splitters(scores, ranges);
        var cursors = new int[chunks][];
        var nans = new int[chunks];
        var starts = new int[(2 * ranges) + 1];
        fixed (float* s = scores)
        fixed (byte* l = labels, r = region)
        {
            // Pointers, because a lambda cannot capture a span; all stay pinned until the loops return.
            float* sp = s;
            byte* lp = l, rp = r;
            For(chunks, c => (cursors[c], nans[c]) = Count(sp, lp, rp, Bound(c), Bound(c + 1), splitters));
            Nans = nans.Sum();
            int next = 0;
            for (int slot = 0; slot < 2 * ranges; slot++)
            {
                starts[slot] = next;
                for (int c = 0; c < chunks; c++)
                {
                    int size = cursors[c][slot];
                    cursors[c][slot] = next;
                    next += size;
                }
            }

            starts[^1] = next;
            _negatives = starts[ranges];
            _sorted = GC.AllocateUninitializedArray<uint>(next);
            For(chunks, c => Scatter(sp, lp, rp, Bound(c), Bound(c + 1), splitters, cursors[c], _sorted));
        }

        var scratch = GC.AllocateUninitializedArray<uint>(_sorted.Length);
        For(2 * ranges, slot =>
        {
            int start = starts[slot], size = starts[slot + 1] - start;
            RadixSort.Sort(_sorted.AsSpan(start, size), scratch.AsSpan(start, size));
        });

        int Bound(int chunk) => (int)((long)length * chunk / chunks);

        void For(int count, Action<int> body) =>
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
    }

    /// <summary>How many of the scores taken are NaN; if any is, the order is of no use.</summary>
    internal int Nans { get; }

    /// <summary>Keys of the negatives, ascending.</summary>
    internal ReadOnlySpan<uint> Negatives => _sorted.AsSpan(0, _negatives);

    /// <summary>Keys of the positives, ascending.</summary>
    internal ReadOnlySpan<uint> Positives => _sorted.AsSpan(_negatives);

    /// <summary>Keys that cut the scores into ranges of about equal size; range r begins at splitter r - 1.</summary>
    private static uint[] Splitters(ReadOnlySpan<float> scores, int ranges)
    {
        if (ranges == 1)
            return [];
        var sample = new uint[SplitterSamples];
        for (int i = 0; i < sample.Length; i++)
            sample[i] = ScoreKey.FromScore(scores[(int)((long)scores.Length * i / sample.Length)]);
        sample.AsSpan().Sort();
        var splitters = new uint[ranges - 1];
        for (int r = 0; r < splitters.Length; r++)
            splitters[r] = sample[sample.Length * (r + 1) / ranges];
        return splitters;
    }

    private static unsafe (int[] Sizes, int Nans) Count(float* scores, byte* labels, byte* region, int start, int end, uint[] splitters)
    {
        var sizes = new int[2 * (splitters.Length + 1)];
        int nans = 0;
        for (int i = start; i < end; i++)
        {
            if (region != null && region[i] == 0)
                continue;
            sizes[Slot(ScoreKey.FromScore(scores[i]), labels[i], splitters)]++;
            nans += float.IsNaN(scores[i]) ? 1 : 0;
        }

        return (sizes, nans);
    }

    private static unsafe void Scatter(
        float* scores, byte* labels, byte* region, int start, int end, uint[] splitters, int[] cursor, uint[] sorted)
    {
        for (int i = start; i < end; i++)
        {
            if (region != null && region[i] == 0)
                continue;
            uint key = ScoreKey.FromScore(scores[i]);
            sorted[cursor[Slot(key, labels[i], splitters)]++] = key;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Slot(uint key, byte label, uint[] splitters)
    {
        int range = 0;
        foreach (uint splitter in splitters)
            range += key >= splitter ? 1 : 0;
        return label == 0 ? range : range + splitters.Length + 1;
    }
}
