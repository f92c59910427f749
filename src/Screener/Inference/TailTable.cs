using Screener.Errors;

namespace Screener.Inference;

/// <summary>How rarely a score is exceeded in a population: -log10 of the part of its body voxels that score as high or higher.</summary>
/// <remarks>
/// Knots lie at equal steps of -log10 and the table is straight between them. Beyond its ends it goes on as straight, so that the order of
/// scores is kept everywhere; what lies beyond the last knot is an extrapolation, and rarer than the population could show.
/// </remarks>
public sealed class TailTable
{
    /// <summary>Scores that make a table.</summary>
    internal const int Fewest = 1000;

    /// <summary>Knots of a table.</summary>
    internal const int Knots = 513;

    /// <summary>-log10 at the last knot: one voxel in a hundred thousand.</summary>
    internal const double Deepest = 5;

    // Rising, no two equal: at knot k the part of the population that scores higher is 10^-(k * Deepest / (Knots - 1)).
    private readonly float[] _scores;

    // For each of equal parts of the range of scores the first knot that is not below it: a search begins there and not in the middle.
    private readonly short[] _firstKnot = new short[Parts + 2];
    private readonly double _partsPerScore;

    private TailTable(float[] scores)
    {
        _scores = scores;
        _partsPerScore = Parts / ((double)scores[^1] - scores[0]);
        for (int part = 0, k = 0; part < _firstKnot.Length; part++)
        {
            while (k < Knots - 1 && Part(scores[k]) < part)
                k++;
            _firstKnot[part] = (short)k;
        }
    }

    /// <summary>The scores at the knots, rising.</summary>
    internal ReadOnlySpan<float> Scores => _scores;

    /// <summary>
    /// The straight pieces. A score that is not below k knots is on piece k, and is there Tail[k] + (score - Score[k]) / Run[k] * Deepest /
    /// (Knots - 1).
    /// </summary>
    internal (float[] Score, float[] Run, float[] Tail) Pieces()
    {
        var (score, run, tail) = (new float[Knots + 1], new float[Knots + 1], new float[Knots + 1]);
        for (int k = 0; k <= Knots; k++)
        {
            int from = Math.Max(k - 1, 0);
            (score[k], tail[k]) = (_scores[from], (float)(from * Deepest / (Knots - 1)));
            run[k] = k == 0 ? (_scores[Chord] - _scores[0]) / Chord
                : k == Knots ? (_scores[^1] - _scores[^(Chord + 1)]) / Chord : _scores[k] - _scores[from];
        }

        return (score, run, tail);
    }

    /// <summary>The table of a population.</summary>
    /// <param name="sample">Scores of voxels drawn from it, at least a thousand; sorted in place.</param>
    /// <exception cref="OptionException">There are too few, or one is not finite.</exception>
    public static TailTable Of(float[] sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Length < Fewest || sample.Any(s => !float.IsFinite(s)))
            throw new OptionException(
                nameof(sample), sample.Length < Fewest ? $"{sample.Length} scores" : "a score that is not finite",
                "at least 1000 finite scores");
        Array.Sort(sample);
        var scores = new float[Knots];
        for (int k = 0; k < Knots; k++)
        {
            double tail = Math.Pow(10, -Deepest * k / (Knots - 1)), at = (sample.Length - 1) * (1 - tail);
            int low = (int)at;
            float next = sample[Math.Min(low + 1, sample.Length - 1)];
            scores[k] = (float)(sample[low] + ((at - low) * (next - sample[low])));
        }

        return new TailTable(Strict(scores));
    }

    /// <summary>A table whose scores were read from a file.</summary>
    /// <exception cref="OptionException">They are not as many as there are knots, or do not rise.</exception>
    internal static TailTable OfKnots(float[] scores)
    {
        bool rises = scores.Length == Knots && scores.All(float.IsFinite);
        for (int k = 1; rises && k < scores.Length; k++)
            rises = scores[k] > scores[k - 1];
        return rises ? new TailTable(scores) : throw new OptionException("tails", "scores that do not rise", $"{Knots} rising scores");
    }

    /// <summary>-log10 of the part of the population that scores as high or higher: 3 is one voxel in a thousand.</summary>
    public float At(float score)
    {
        int k = KnotFrom(score);
        if (_scores[k] == score)
            return (float)(k * Deepest / (Knots - 1));
        k = Math.Max(k, 1);

        // Beyond the ends a chord over several knots steps in for the last one alone, which hangs on two voxels.
        int low = score > _scores[^1] ? Knots - 1 - Chord : score < _scores[0] ? 0 : k - 1;
        int high = score > _scores[^1] ? Knots - 1 : score < _scores[0] ? Chord : k;
        double slope = (high - low) / ((double)_scores[high] - _scores[low]);
        int from = score > _scores[^1] ? high : low;
        return (float)((from + ((score - _scores[from]) * slope)) * Deepest / (Knots - 1));
    }

    /// <summary>The score that one voxel in 10^<paramref name="tail"/> of the population exceeds.</summary>
    /// <param name="tail">-log10 of the part, 0 to <see cref="Deepest"/>.</param>
    public float ScoreAt(double tail)
    {
        OptionException.ThrowIfOutside(nameof(tail), tail, 0.0, Deepest);
        double at = tail * (Knots - 1) / Deepest;
        int low = Math.Min((int)at, Knots - 2);
        return (float)(_scores[low] + ((at - low) * (_scores[low + 1] - _scores[low])));
    }

    private const int Chord = 51;

    private const int Parts = 4096;

    private int Part(float score) => (int)Math.Clamp(((double)score - _scores[0]) * _partsPerScore, 0, Parts);

    /// <summary>The first knot at or above a score; the last one if all are below.</summary>
    private int KnotFrom(float score)
    {
        int part = Part(score), low = _firstKnot[part], high = _firstKnot[part + 1];
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_scores[middle] < score)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private static float[] Strict(float[] scores)
    {
        for (int k = 1; k < scores.Length; k++)
        {
            if (scores[k] <= scores[k - 1])
                scores[k] = MathF.BitIncrement(scores[k - 1]);
        }

        return scores;
    }
}
