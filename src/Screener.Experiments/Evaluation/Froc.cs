using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>Free-response ROC: how many lesions are found at how many false findings a scan.</summary>
/// <param name="FalsePositivesPerScan">False findings a scan: 1/8, 1/4, ... 8, as in LUNA16.</param>
/// <param name="Sensitivity">The part of the lesions that are found with at most so many.</param>
/// <param name="Intervals">Bootstrap over cases, one for each sensitivity; null with fewer than two cases, or where none was asked
/// for.</param>
/// <param name="Mean">The mean of the sensitivities.</param>
/// <param name="Scans">Cases.</param>
/// <param name="Lesions">Connected lesions, of <see cref="FindingOptions.LeastVolumeMl"/> or more.</param>
/// <remarks>
/// A finding (<see cref="FindingOptions"/>) is a peak that stands out in a calibrated map, and a connected region above the score that one
/// body voxel in a thousand exceeds in others; it is weighed by its peak. It is a hit if it shares a voxel with a lesion, and finds every
/// lesion it shares one with; otherwise it is false. A lesion found twice counts once, and its second finding is not false. A lesion that
/// is smaller than a finding may be is neither found nor missed, and what touches it is not false (as nodules below 3 mm in LUNA16).
/// </remarks>
public sealed record Froc(
    IReadOnlyList<double> FalsePositivesPerScan, IReadOnlyList<double> Sensitivity, IReadOnlyList<Interval>? Intervals, double Mean,
    int Scans, int Lesions)
{
    internal static readonly double[] Rates = [0.125, 0.25, 0.5, 1, 2, 4, 8];

    internal static Froc? Of(IReadOnlyList<FrocCase> cases, EvaluationOptions options, RandomStream random)
    {
        int lesions = cases.Sum(c => c.Lesions.Length);
        if (lesions == 0)
            return null;
        var events = Events(cases);
        int[] lesionsOf = [.. cases.Select(c => c.Lesions.Length)], once = [.. cases.Select(_ => 1)];
        double[] sensitivity = Sensitivities(events, lesionsOf, once);
        Interval[]? intervals = null;
        if (options.BootstrapReplicates > 0 && cases.Count > 1)
        {
            var replicates = new double[Rates.Length][];
            for (int i = 0; i < replicates.Length; i++)
                replicates[i] = new double[options.BootstrapReplicates];
            for (int r = 0; r < options.BootstrapReplicates; r++)
            {
                var stream = random.Fork((ulong)r);
                var draws = new int[cases.Count];
                for (int i = 0; i < draws.Length; i++)
                    draws[stream.NextInt(draws.Length)]++;
                double[] drawn = Sensitivities(events, lesionsOf, draws);
                for (int i = 0; i < drawn.Length; i++)
                    replicates[i][r] = drawn[i];
            }

            // Draws without lesion are left out of all alike, so that there is an interval for each or for none.
            var found = replicates.Select(r => CaseBootstrap.Percentiles(r, options.Confidence)).OfType<Interval>().ToArray();
            intervals = found.Length == Rates.Length ? found : null;
        }

        return new Froc(Rates, sensitivity, intervals, sensitivity.Average(), cases.Count, lesions);
    }

    // From the highest peak down; at equal peaks what is false comes first, so that ties do not flatter.
    private static (float Score, bool Hit, int Case)[] Events(IReadOnlyList<FrocCase> cases)
    {
        var events = new List<(float Score, bool Hit, int Case)>();
        for (int i = 0; i < cases.Count; i++)
        {
            foreach (float score in cases[i].Lesions)
            {
                if (!float.IsNegativeInfinity(score))
                    events.Add((score, true, i));
            }

            foreach (float score in cases[i].False)
                events.Add((score, false, i));
        }

        return [.. events.OrderByDescending(e => e.Score).ThenBy(e => e.Hit)];
    }

    // NaN everywhere for a draw without lesion.
    private static double[] Sensitivities((float Score, bool Hit, int Case)[] events, int[] lesionsOf, int[] times)
    {
        long lesions = 0, scans = 0;
        for (int i = 0; i < times.Length; i++)
        {
            scans += times[i];
            lesions += (long)times[i] * lesionsOf[i];
        }

        var sensitivity = new double[Rates.Length];
        if (lesions == 0)
        {
            Array.Fill(sensitivity, double.NaN);
            return sensitivity;
        }

        long found = 0, wrong = 0;
        foreach (var (_, hit, index) in events)
        {
            if (hit)
                found += times[index];
            else
                wrong += times[index];
            if (wrong > Rates[^1] * scans)
                break;
            for (int i = 0; i < Rates.Length; i++)
            {
                if (wrong <= Rates[i] * scans)
                    sensitivity[i] = (double)found / lesions;
            }
        }

        return sensitivity;
    }
}
