using System.Runtime.CompilerServices;
using Screener.Errors;

namespace Screener.Evaluation;

/// <summary>
/// The scores of two classes sorted in memory, one range of keys per thread: ranges follow each other, and equal scores share a range.
/// </summary>
internal sealed class RankedScores
{
    private const int SplitterSamples = 1024, MaxRanges = 16;

    private readonly uint[] _sorted;

    // Range r has its negatives at [_starts[2r], _starts[2r + 1]) and its positives at [_starts[2r + 1], _starts[2r + 2]).
    private readonly int[] _starts;
    private readonly int _ranges, _threads;

    internal unsafe RankedScores(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, int threads)
    {
        if (scores.Length != labels.Length)
            throw new ScoreMapException(
                "scores", $"{scores.Length} scores and {labels.Length} labels", "as many of each", "Pass one label per score.");
        _threads = threads;
        int length = scores.Length, ranges = Math.Clamp(Math.Min(threads, length >> 16), 1, MaxRanges);
        _ranges = ranges;
        var splitters = Splitters(scores, ranges);
        int slots = 2 * ranges, chunks = ranges;
        var cursors = new int[chunks][];
        var nans = new int[chunks];
        _sorted = new uint[length];
        _starts = new int[slots + 1];
        fixed (float* s = scores)
        fixed (byte* l = labels)
        {
            // Pointers, because a lambda cannot capture a span; both stay pinned until the loops return.
            float* sp = s;
            byte* lp = l;
            For(chunks, c => (cursors[c], nans[c]) = Count(sp, lp, Bound(c), Bound(c + 1), splitters));
            int nanCount = 0;
            foreach (int n in nans)
                nanCount += n;
            if (nanCount > 0)
                throw new ScoreMapException(
                    "scores", $"{nanCount} of {length} are NaN", "a number everywhere (+inf and -inf are allowed)",
                    "Leave them out, or find out where they come from.");
            int next = 0;
            for (int slot = 0; slot < slots; slot++)
            {
                _starts[slot] = next;
                for (int c = 0; c < chunks; c++)
                {
                    int size = cursors[c][slot];
                    cursors[c][slot] = next;
                    next += size;
                }
            }

            _starts[slots] = next;
            For(chunks, c => Scatter(sp, lp, Bound(c), Bound(c + 1), splitters, cursors[c], _sorted));
        }

        var scratch = new uint[length];
        For(slots, slot =>
        {
            int start = _starts[slot], size = _starts[slot + 1] - start;
            RadixSort.Sort(_sorted.AsSpan(start, size), scratch.AsSpan(start, size));
        });
        for (int r = 0; r < ranges; r++)
        {
            NegativeCount += _starts[(2 * r) + 1] - _starts[2 * r];
            PositiveCount += _starts[(2 * r) + 2] - _starts[(2 * r) + 1];
        }

        int Bound(int chunk) => (int)((long)length * chunk / chunks);
    }

    internal long NegativeCount { get; }

    internal long PositiveCount { get; }

    /// <summary>Passes every score to <paramref name="curve"/>, in the order of the keys.</summary>
    internal void Walk(CurveIntegral curve)
    {
        for (int r = 0; r < _ranges; r++)
        {
            int negatives = _starts[2 * r], positives = _starts[(2 * r) + 1], end = _starts[(2 * r) + 2];
            SortedWalk.Walk(_sorted.AsSpan(negatives..positives), _sorted.AsSpan(positives..end), curve);
        }
    }

    private void For(int count, Action<int> body) =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = _threads }, body);

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

    private static unsafe (int[] Sizes, int Nans) Count(float* scores, byte* labels, int start, int end, uint[] splitters)
    {
        var sizes = new int[2 * (splitters.Length + 1)];
        int nans = 0;
        for (int i = start; i < end; i++)
        {
            sizes[Slot(ScoreKey.FromScore(scores[i]), labels[i], splitters)]++;
            nans += float.IsNaN(scores[i]) ? 1 : 0;
        }

        return (sizes, nans);
    }

    private static unsafe void Scatter(float* scores, byte* labels, int start, int end, uint[] splitters, int[] cursor, uint[] sorted)
    {
        for (int i = start; i < end; i++)
        {
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
        return (2 * range) + (label != 0 ? 1 : 0);
    }
}
