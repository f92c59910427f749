using Screener.Errors;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>The difference of one metric between two methods on the same cases.</summary>
/// <param name="Value">First minus second, exact.</param>
/// <param name="Interval">Percentile interval of the difference; null if fewer than two replicates were defined.</param>
/// <param name="FractionAbove">Fraction of the defined replicates in which the first method is better, equal ones counted half; null if
/// none was defined.</param>
public sealed record MetricDifference(double Value, Interval? Interval, double? FractionAbove);

/// <summary>The differences between two methods on the same cases; null where a metric is undefined.</summary>
/// <param name="Auroc">Difference of AUROC.</param>
/// <param name="AurocAtLimit">Difference of AUROC up to the limit.</param>
/// <param name="AuproAtLimit">Difference of AUPRO up to the limit.</param>
public sealed record PairedDifference(MetricDifference? Auroc, MetricDifference? AurocAtLimit, MetricDifference? AuproAtLimit);

/// <summary>Two methods on the same cases of a cohort, with the same seeds.</summary>
/// <param name="Cohort">The cohort's name.</param>
/// <param name="First">Result of one method.</param>
/// <param name="Second">Result of the other.</param>
/// <param name="Seeds">The seeds of both; pairs of a cohort differ in them.</param>
public sealed record PairedResults(string Cohort, EvaluationResult First, EvaluationResult Second, RunSeeds Seeds = default);

/// <summary>
/// Compares two methods that were evaluated on the same cases: each replicate draws the same cases and seeds for both, so what makes a case
/// hard for both cancels.
/// </summary>
public static class PairedBootstrap
{
    /// <summary>The name of the stream from which seeds are drawn.</summary>
    internal const string SeedStream = "seeds of the runs";

    /// <summary>The differences first minus second, with intervals.</summary>
    /// <param name="first">Result of one method; must hold its <see cref="EvaluationResult.Histograms"/>.</param>
    /// <param name="second">Result of the other, on the same cases and with the same limit.</param>
    /// <param name="options">Replicates, coverage and threads.</param>
    /// <param name="random">Where the draws come from.</param>
    /// <param name="cancellation">Stops the bootstrap.</param>
    /// <exception cref="OptionException">The results are not of the same cases and limit, or hold no histograms.</exception>
    public static PairedDifference Compare(
        EvaluationResult first, EvaluationResult second, EvaluationOptions options, RandomStream random,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        return Compare(
            [new PairedResults("", first, second)], options, random, (_, result) => Replicates(result, options, random, cancellation));
    }

    /// <summary>
    /// The differences first minus second, averaged over pairs of results that differ in their seeds, and then over cohorts, with
    /// intervals. Each
    /// replicate draws cases anew, the same for both methods and for all seeds of a cohort, and seeds anew, the same for both methods and
    /// all
    /// cohorts: networks, and for each the densities over it. It averages what it drew as the value does.
    /// </summary>
    /// <remarks>
    /// So the interval covers which patients were tested and which seeds were taken, as far as they show it: of a single network seed it
    /// knows only how much
    /// the densities over it differ, and from three seeds it is still too narrow. Other training volumes are not in it.
    /// </remarks>
    /// <param name="pairs">The pairs; every result must hold its <see cref="EvaluationResult.Histograms"/>, and those of a cohort the same
    /// cases.</param>
    /// <param name="options">Replicates, coverage and threads.</param>
    /// <param name="random">Where the draws come from; each cohort has its own.</param>
    /// <param name="cancellation">Stops the bootstrap.</param>
    /// <exception cref="OptionException">There is no pair, two of a cohort have the same seeds, results of a cohort are not of the same
    /// cases and limit, or one holds no histograms.</exception>
    public static PairedDifference Compare(
        IReadOnlyList<PairedResults> pairs, EvaluationOptions options, RandomStream random, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Compare(pairs, options, random, (cohort, result) => Replicates(result, options, random.Fork(cohort), cancellation));
    }

    /// <summary>The same over replicates that a caller may keep: those of a cohort must come from the same draws.</summary>
    internal static PairedDifference Compare(
        IReadOnlyList<PairedResults> pairs, EvaluationOptions options, RandomStream random,
        Func<string, EvaluationResult, CurveAreas[]> replicates)
    {
        if (pairs.Count == 0)
            throw new OptionException(nameof(pairs), "none", "at least one pair of results");
        if (pairs.All(p => p.First.Auroc.Value is null && p.Second.Auroc.Value is null))
            return new PairedDifference(null, null, null);
        foreach (var cohort in pairs.GroupBy(p => p.Cohort))
        {
            if (cohort.GroupBy(p => p.Seeds).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new OptionException(
                    nameof(pairs), $"two pairs of '{cohort.Key}' with the seeds {twice.Key.Network} and {twice.Key.Density}",
                    "one pair for each cohort and seeds");
            var (limit, cases) = (cohort.First().First.FprLimit, HistogramsOf(cohort.First().First).CaseIds);
            foreach (var result in cohort.SelectMany(p => new[] { p.First, p.Second }))
            {
                var histograms = HistogramsOf(result);
                if (result.FprLimit != limit || !histograms.CaseIds.SequenceEqual(cases, StringComparer.Ordinal))
                    throw new OptionException(
                        "second", $"{histograms.CaseIds.Count} cases up to FPR {result.FprLimit}",
                        $"the same cases as the first: {cases.Count} cases up to FPR {limit}", "Evaluate both methods on the same cases.");
            }
        }

        var cohorts = pairs.GroupBy(p => p.Cohort).ToList();
        RunSeeds[] runs = [.. pairs.Select(p => p.Seeds).Distinct()];
        if (cohorts.Any(c => c.Count() != runs.Length))
            throw new OptionException(nameof(pairs), "cohorts with different seeds", "the same seeds in every cohort");
        int[][] seeds = SeedBootstrap.Draws(runs, options.BootstrapReplicates, random.Fork(SeedStream));
        var drawn = cohorts.Select(
            c => runs.Select(run => c.Single(p => p.Seeds == run)).Select(
                p => (One: replicates(p.Cohort, p.First), Two: replicates(p.Cohort, p.Second))).ToArray()).ToArray();
        return new PairedDifference(
            Difference(r => r.Auroc, m => m.Auroc),
            Difference(r => r.AurocAtLimit, m => m.AurocAtLimit),
            Difference(r => r.AuproAtLimit, m => m.AuproAtLimit));

        MetricDifference? Difference(Func<EvaluationResult, Metric> metric, Func<CurveAreas, double> replicate)
        {
            if (pairs.Any(p => metric(p.First).Value is null || metric(p.Second).Value is null))
                return null;
            var differences = new double[options.BootstrapReplicates];
            double above = 0, defined = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                differences[i] = drawn.Average(c => seeds[i].Average(run => replicate(c[run].One[i]) - replicate(c[run].Two[i])));
                above += differences[i] > 0 ? 1 : differences[i] == 0 ? 0.5 : 0;
                defined += double.IsNaN(differences[i]) ? 0 : 1;
            }

            double value = cohorts.Average(c => c.Average(p => metric(p.First).Value!.Value - metric(p.Second).Value!.Value));
            var interval = pairs.Any(p => p.First.Cases < 2) ? null : CaseBootstrap.Percentiles(differences, options.Confidence);
            return new MetricDifference(value, interval, defined > 0 ? above / defined : null);
        }
    }

    /// <summary>The replicates of a result.</summary>
    internal static CurveAreas[] Replicates(
        EvaluationResult result, EvaluationOptions options, RandomStream random, CancellationToken cancellation) =>
        CaseBootstrap.Replicates(HistogramsOf(result), options.BootstrapReplicates, random, options.ThreadCount, cancellation);

    private static CaseHistograms HistogramsOf(EvaluationResult result) => result.Histograms
        ?? throw new OptionException(
            nameof(EvaluationResult.Histograms), "a result without them", "results of this run, evaluated with BootstrapReplicates > 0",
            "Evaluate both methods again.");
}
