using Screener.Evaluation;
using Screener.Randomness;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>Averages and compares the cells of a grid; bootstrap replicates of a result are drawn once.</summary>
internal sealed class AblationComparer
{
    private readonly AblationGrid _grid;
    private readonly CancellationToken _cancellation;
    private readonly RandomStream _random;
    private readonly Dictionary<EvaluationResult, CurveAreas[]> _replicates = new(ReferenceEqualityComparer.Instance);
    private readonly IReadOnlyList<string> _cohorts;

    internal AblationComparer(AblationGrid grid, IReadOnlyList<AblationResult> results, CancellationToken cancellation)
    {
        (_grid, _cancellation) = (grid, cancellation);
        _random = new RandomStream(grid.Seed).Fork("ablation");

        // In the grid's order, a reader's own conditions last, so that equal results give equal summaries.
        Results = [
            .. results.OrderBy(r => r.Cell.IsBaseline).ThenBy(
                r => Place(
                    r.Cell.IsBaseline
                        ? grid.Baselines.Select(b => b.Name).Concat(grid.Models.Select(m => m.Name))
                        : grid.Descriptors.Select(d => d.Name),
                    r.Cell.Descriptor))
            .ThenBy(r => Place(grid.Conditions.Select(c => c.Name), r.Cell.Condition))
            .ThenBy(r => r.Cell.Condition, StringComparer.Ordinal).ThenBy(
                r => Place(grid.Densities.Select(d => d.Name), r.Cell.Density)).ThenBy(r => r.Cell.NetworkSeed).ThenBy(
                    r => r.Cell.DensitySeed)];
        _cohorts = [.. Results.SelectMany(r => r.Scores).Select(s => s.Cohort).Distinct()];
    }

    /// <summary>The results in the grid's order.</summary>
    internal IReadOnlyList<AblationResult> Results { get; }

    /// <summary>Averages over seeds.</summary>
    internal IReadOnlyList<AblationAverage> Averages()
    {
        var averages = new List<AblationAverage>();
        foreach (string cohort in _cohorts)
        {
            foreach (var scope in Enum.GetValues<EvaluationScope>())
            {
                foreach (var cell in Results.GroupBy(r => (r.Cell.Descriptor, r.Cell.Condition, r.Cell.Density)))
                {
                    var runs = cell.Select(r => (Seeds: SeedsOf(r), Result: r.Score(cohort).Of(scope))).Where(
                        r => r.Result is not null).Select(r => (r.Seeds, Result: r.Result!)).ToList();
                    if (runs.Count == 0)
                        continue;
                    int[][] drawnRuns = SeedBootstrap.Draws(
                        [.. runs.Select(r => r.Seeds)], _grid.Evaluation.BootstrapReplicates, _random.Fork(PairedBootstrap.SeedStream));
                    var one = cell.First();
                    averages.Add(new AblationAverage(
                        cell.Key.Descriptor, cell.Key.Condition, cell.Key.Density, cohort, scope, runs.Count,
                        Average(r => r.Auroc, m => m.Auroc), Average(r => r.AurocAtLimit, m => m.AurocAtLimit),
                        Average(r => r.AuproAtLimit, m => m.AuproAtLimit))
                    {
                        PaperDescriptor = one.DescriptorTraining is { } options ? PaperName(options) : one.Baseline?.Name ?? "",
                        ConditionKind = one.Condition, DensityKind = one.Density,
                    });

                    AveragedMetric Average(Func<EvaluationResult, Metric> metric, Func<CurveAreas, double> replicate)
                    {
                        if (runs.Any(r => metric(r.Result).Value is null))
                            return new AveragedMetric(null, null, null, null);
                        var values = runs.Select(r => metric(r.Result).Value!.Value).ToList();
                        var replicates = runs.Select(r => ReplicatesOf(cohort, r.Result)).ToList();
                        double[] means = [.. drawnRuns.Select((drawn, i) => drawn.Average(run => replicate(replicates[run][i])))];
                        return new AveragedMetric(
                            values.Average(),
                            runs[0].Result.Cases < 2 ? null : CaseBootstrap.Percentiles(means, _grid.Evaluation.Confidence), values.Min(),
                            values.Max());
                    }
                }
            }
        }

        return averages;
    }

    /// <summary>All pairs that differ in one thing, then all pairs with a baseline.</summary>
    internal IReadOnlyList<AblationComparison> Comparisons() =>
    [
        .. Compare(AblationFactor.Condition, c => c.Condition, c => (c.Descriptor, c.Density)),
        .. Compare(AblationFactor.Density, c => c.Density, c => (c.Descriptor, c.Condition)),
        .. Compare(AblationFactor.Descriptor, c => c.Descriptor, c => (c.Condition, c.Density)),
        .. Compare(
            AblationFactor.Method,
            [.. Pairs([.. Results.GroupBy(r => r.Cell.Row)]).Where(p => p.Later.First().Cell.IsBaseline)
                .Select(p => (p.Earlier, p.Later))]),
    ];

    private IEnumerable<AblationComparison> Compare(
        AblationFactor factor, Func<AblationCell, string> name, Func<AblationCell, (string, string)> rest) => Compare(
            factor,
            [.. Results.Where(r => !r.Cell.IsBaseline).GroupBy(r => rest(r.Cell)).SelectMany(
                equal => Pairs([.. equal.GroupBy(r => name(r.Cell))]))]);

    private IEnumerable<AblationComparison> Compare(
        AblationFactor factor,
        IReadOnlyList<(IGrouping<string, AblationResult> First, IGrouping<string, AblationResult> Second)> pairs)
    {
        foreach (var scope in Enum.GetValues<EvaluationScope>())
        {
            foreach (string? cohort in _cohorts.Select(c => (string?)c).Concat(_cohorts.Count > 1 ? [null] : []))
            {
                foreach (var (first, second) in pairs)
                {
                    if (Compare(factor, first, second, cohort, scope) is { } comparison)
                        yield return comparison;
                }
            }
        }
    }

    private static IEnumerable<(T Later, T Earlier)> Pairs<T>(IReadOnlyList<T> things) => Enumerable.Range(0, things.Count).SelectMany(
        earlier => Enumerable.Range(earlier + 1, things.Count - earlier - 1).Select(later => (things[later], things[earlier])));

    private AblationComparison? Compare(
        AblationFactor factor, IGrouping<string, AblationResult> first, IGrouping<string, AblationResult> second, string? cohort,
        EvaluationScope scope)
    {
        _cancellation.ThrowIfCancellationRequested();
        var pairs = new List<PairedResults>();
        var perSeed = new List<double>();
        foreach (var one in first)
        {
            // A baseline has no density: the one of the same network seed stands beside each. A finished model stands beside all.
            if (second.FirstOrDefault(
                r => r.Cell.IsFinished || (r.Cell.NetworkSeed == one.Cell.NetworkSeed
                    && (r.Cell.IsBaseline || SeedsOf(r) == SeedsOf(one)))) is not { } two)
                continue;
            var matched = one.Scores.Where(s => cohort is null || s.Cohort == cohort)
                .Select(s => (s.Cohort, One: s.Of(scope), Two: two.Score(s.Cohort).Of(scope))).Where(
                    p => p is { One: not null, Two: not null }).Select(
                        p => new PairedResults(p.Cohort, p.One!, p.Two!, SeedsOf(one))).ToList();
            pairs.AddRange(matched);
            if (matched.Count > 0 && matched.All(p => p.First.Auroc.Value is not null && p.Second.Auroc.Value is not null))
                perSeed.Add(matched.Average(p => p.First.Auroc.Value!.Value - p.Second.Auroc.Value!.Value));
        }

        if (pairs.Count == 0)
            return null;
        var cell = first.First().Cell;
        return new AblationComparison(
            factor, first.Key, second.Key, Equal(AblationFactor.Descriptor, cell.Descriptor),
            Equal(AblationFactor.Condition, cell.Condition), Equal(AblationFactor.Density, cell.Density),
            cohort, scope, PairedBootstrap.Compare(pairs, _grid.Evaluation, _random, ReplicatesOf), perSeed);

        string? Equal(AblationFactor other, string name) => factor == other || factor == AblationFactor.Method ? null : name;
    }

    // The same draws of a cohort's cases for every result on it.
    private CurveAreas[] ReplicatesOf(string cohort, EvaluationResult result)
    {
        if (!_replicates.TryGetValue(result, out var drawn))
            _replicates[result] = drawn = PairedBootstrap.Replicates(result, _grid.Evaluation, _random.Fork(cohort), _cancellation);
        return drawn;
    }

    private static RunSeeds SeedsOf(AblationResult result) => new(result.Cell.NetworkSeed, result.Cell.DensitySeed);

    private static string PaperName(PretrainingOptions options) =>
        FormattableString.Invariant(
            $"{(options.Objective == PretrainingObjective.DenseInfoNce ? "SimCLR" : "VICReg")}-{options.Network.DescriptorChannels}");

    private static int Place(IEnumerable<string> names, string name)
    {
        int place = names.ToList().IndexOf(name);
        return place < 0 ? int.MaxValue : place;
    }
}
