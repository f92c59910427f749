using System.Runtime.CompilerServices;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>A run of levels of equal width.</summary>
/// <param name="Start">The lower end of the first.</param>
/// <param name="Step">The width of each.</param>
/// <param name="Count">How many.</param>
internal readonly record struct LevelSegment(double Start, double Step, int Count);

/// <summary>
/// Numbers as one byte with steps of different width, so that the steps are fine where a window is narrow. Level 0 is no
/// number; the first and the last level also take what lies beyond them.
/// </summary>
internal sealed class LevelTable
{
    private readonly LevelSegment[] _segments;

    private LevelTable(params LevelSegment[] segments)
    {
        _segments = segments;
        Count = segments.Sum(s => s.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Count, byte.MaxValue);
    }

    /// <summary>HU to +-2 in soft tissue, +-6 in lung, +-10 in bone; below -952 HU it is air.</summary>
    internal static LevelTable FineHu { get; } = new(
        new(-1048, 96, 1), new(-952, 12, 66), new(-160, 4, 100), new(240, 20, 63), new(1500, 100, 16));

    /// <summary>HU to +-4 in soft tissue, +-12 in lung, +-20 in bone; below -952 HU it is air.</summary>
    internal static LevelTable CoarseHu { get; } = new(
        new(-1048, 96, 1), new(-952, 24, 33), new(-160, 8, 50), new(240, 40, 32), new(1520, 100, 16));

    /// <summary>The runs of equal steps, from low to high.</summary>
    internal IReadOnlyList<LevelSegment> Segments => _segments;

    /// <summary>The number of levels, without level 0.</summary>
    internal int Count { get; }

    /// <summary>Scores between the colours' ends in 160 steps; what lies below and above in the rest.</summary>
    internal static LevelTable Scores(double lowest, ScoreRange range, double highest)
    {
        var segments = new List<LevelSegment>();
        if (lowest < range.Low)
            segments.Add(new((float)lowest, (range.Low - lowest) / 40, 40));
        segments.Add(new(range.Low, (range.High - range.Low) / 160, 160));
        if (highest > range.High)
            segments.Add(new(range.High, (highest - range.High) / 55, 55));
        return new LevelTable([.. segments]);
    }

    /// <summary>The level of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte LevelOf(double value)
    {
        if (double.IsNaN(value))
            return 0;
        int before = 1;
        for (int s = 0; ; s++)
        {
            var segment = _segments[s];
            double place = (value - segment.Start) / segment.Step;
            if (place < segment.Count || s == _segments.Length - 1)
                return (byte)(before + (int)Math.Clamp(place, 0, segment.Count - 1));
            before += segment.Count;
        }
    }

    /// <summary>The numbers that have a level, from its lower end to below its upper.</summary>
    internal (double Low, double High) Interval(byte level)
    {
        ArgumentOutOfRangeException.ThrowIfZero(level);
        int i = level - 1;
        foreach (var segment in _segments)
        {
            if (i < segment.Count)
                return (segment.Start + (i * segment.Step), segment.Start + ((i + 1) * segment.Step));
            i -= segment.Count;
        }

        throw new ArgumentOutOfRangeException(nameof(level));
    }

    /// <summary>The levels of many numbers.</summary>
    internal byte[] LevelsOf(float[] values, int threads)
    {
        const int Chunk = 1 << 16;
        var levels = GC.AllocateUninitializedArray<byte>(values.Length);
        var parallel = ThreadCounts.Parallel(threads);
        Parallel.For(0, (values.Length + Chunk - 1) / Chunk, parallel, chunk =>
        {
            int start = chunk * Chunk, length = Math.Min(Chunk, values.Length - start);
            LevelsOf(values.AsSpan(start, length), levels.AsSpan(start, length));
        });
        return levels;
    }

    // Optimised at the first call: a notebook shows few volumes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LevelsOf(ReadOnlySpan<float> values, Span<byte> levels)
    {
        for (int i = 0; i < levels.Length; i++)
            levels[i] = LevelOf(values[i]);
    }
}
