using Screener.Ablations;
using Screener.Conditions;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Interactive.Progress;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Interactive.Tests.Values;

/// <summary>Values of the types that an evaluation makes.</summary>
internal static class EvaluationSamples
{
    internal static Dictionary<Type, Func<object>> All() => new()
    {
        [typeof(RocCurve)] = () => Roc(3),
        [typeof(ProCurve)] = () => Pro(3),
        [typeof(QualityScores)] = () => QualityScores.Of(Result(3)),
        [typeof(EvaluationResult)] = () => Result(4),
        [typeof(CohortEvaluationResult)] = () => Cohort("lung-nodules"),
        [typeof(IReadOnlyList<CohortEvaluationResult>)] =
            () => new List<CohortEvaluationResult> { Cohort("lung-nodules"), Cohort("liver-tumours") },
        [typeof(DocumentPart)] = () => CohortReport.Results([Cohort("kidney-tumours")]),
        [typeof(Document)] =
            () => new Document(
                "Four cohorts", "Trained on 48 phantoms.",
                [CohortReport.Differences([Cohort("lung-nodules")]), .. CohortReport.Circumstances([Cohort("lung-nodules")]),
                    CohortReport.Curves([Cohort("lung-nodules")])]),
        [typeof(AblationGrid)] = () => Grid,
        [typeof(AblationCell)] = () => Cells[0].Cell,
        [typeof(AblationResult)] = () => Cells[0],
        [typeof(IReadOnlyList<AblationResult>)] = () => Cells,
        [typeof(AblationView)] = () => new AblationView(new ProgressView("quick: 72 cells", 0.1, "5 of 72 done"), AblationView.Of(Cells)),
        [typeof(AblationSummary)] = Summary,
        [typeof(AblationAverage)] = () => Summary().Averages[0],
        [typeof(AblationComparison)] = () => Summary().Comparisons[0],
        [typeof(IReadOnlyList<AblationComparison>)] = () => Summary().Comparisons,
        [typeof(MapSummary)] = () => new MapSummary(31.2, 12.5, 1.5),
        [typeof(Findings)] =
            () => new Findings(12.5, [new Finding(31.2, 12, -40, 210, 1.7, -312), new Finding(19, -60, 3, 88, 0.2, 44, 5)], 7),
    };

    internal static AblationGrid Grid { get; } = AblationGrid.Shipped("quick") with { NetworkSeeds = [2502], DensitySeeds = [1, 2] };

    /// <summary>A few cells of <see cref="Grid"/>: conditions that give better and better results, two seeds.</summary>
    internal static IReadOnlyList<AblationResult> Cells { get; } =
    [
        .. from condition in Grid.Conditions.Select((c, i) => (c.Name, c.Kind, Quality: 2.0 + i))
           from seed in Grid.DensitySeeds
           select new AblationResult
           {
               Cell = new AblationCell("VICReg-32", condition.Name, "Gaussian", 2502, seed), Key = $"{condition.Name}-{seed}",
               Condition = condition.Kind, Density = GaussianDensityOptions.Quick,
               DescriptorTraining = PretrainingOptions.Quick, Fitting = DensityFittingOptions.Quick,
               Cost = new AblationCost(4, 5, 2_000_000_000, 1), Libraries = new Dictionary<string, string> { ["Screener"] = "0.1.0" },
               Scores = [new("lung-nodules", Result(condition.Quality + (0.1 * seed)), Result(condition.Quality)),
                   new("liver-tumours", Result(condition.Quality - 1), null)],
           },
    ];

    internal static CohortEvaluationResult Cohort(string name) => new()
    {
        Cohort = name,
        CohortSeed = 2502,
        Methods =
        [
            .. new Condition[] { new NoCondition(), new SinCosCondition(), new MaskingInvariantCondition() }.Select((c, i) =>
            {
                var head = new DensityHead(c, GaussianDensityOptions.Quick);
                return new MethodEvaluation(head.Name, "quick", head, Result(2 + (2 * i)), Result(1.5 + i));
            }),
            new MethodEvaluation(HuMethod.HuOnlyName, null, null, Result(1.2), null),
        ],
        Differences = [
            new MethodDifference(
                "masking-invariant + gaussian", "HU", EvaluationScope.Body,
                new PairedDifference(new MetricDifference(0.12, new Interval(0.08, 0.17, 1000), 1), null, null))],
        Models = [new ModelProvenance("quick", PretrainingOptions.Quick, null, DensityFittingOptions.Quick, new SlidingWindowOptions())],
        Options = CohortEvaluationOptions.Paper,
        Cost = new EvaluationCost(3, 40, 5, 2, 2_000_000_000, "cpu", "bfloat16", 2),
        Libraries = new Dictionary<string, string> { ["Screener"] = "0.1.0", ["TorchSharp"] = "0.107.0" },
    };

    // Averages and comparisons as a run's would be; made by hand, since a bootstrap needs histograms.
    private static AblationSummary Summary()
    {
        AveragedMetric Averaged(double value) => new(value, new Interval(value - 0.04, value + 0.03, 1000), value - 0.01, value + 0.01);
        AblationComparison Compared(string first, string second, double difference, string? cohort) => new(
            AblationFactor.Condition, first, second, "VICReg-32", null, "Gaussian", cohort, EvaluationScope.Body,
            new PairedDifference(
                new MetricDifference(difference, new Interval(difference - 0.03, difference + 0.03, 1000), 0.9), null, null),
                [difference - 0.01, difference + 0.01]);
        return new AblationSummary
        {
            Grid = Grid,
            Cells = [.. Cells.Select(c => c.Key)],
            Averages = [
                .. Grid.Conditions.Select(
                    (c, i) =>
                        new AblationAverage(
                            "VICReg-32", c.Name, "Gaussian", "lung-nodules", EvaluationScope.Body, 2, Averaged(0.7 + (0.05 * i)),
                            Averaged(0.5), Averaged(0.4))
            {
                PaperDescriptor = "VICReg-32", ConditionKind = c.Kind, DensityKind = GaussianDensityOptions.Quick,
            })],
            Comparisons = [Compared("masking-invariant", "sin-cos", 0.07, null), Compared("sin-cos", "none", 0.01, "lung-nodules")],
            Orderings = [
                new PaperOrdering(
                    "none < sin-cos", "VICReg-32", null, OrderingVerdict.Undecided, "sin-cos - none = +0.010 [-0.020, +0.040]")],
        };
    }

    private static EvaluationResult Result(double quality) => new()
    {
        Auroc = Metric(quality / (quality + 1)), AurocAtLimit = Metric(0.8 * quality / (quality + 1)),
        AuproAtLimit = Metric(0.6 * quality / (quality + 1)),
        FprLimit = 0.3, Connectivity = Connectivity.TwentySix, Confidence = 0.95, Cases = 8, CasesWithLesion = 7, Regions = 21,
        PositiveVoxels = 12_345, NegativeVoxels = 9_876_543,
        PerCase = [new CaseMetrics("case_000", 500, 1_000_000, 3, 0.9, 0.7, 0.5, null),
            new CaseMetrics("case_001", 0, 1_000_000, 0, null, null, null, Undefined.NoLesion)],
        Roc = Roc(quality), Pro = Pro(quality),
    };

    private static Metric Metric(double value) => new(value, null, new Interval(value - 0.04, Math.Min(1, value + 0.03), 1000));

    private static RocCurve Roc(double quality) => new(
        [.. Enumerable.Range(0, 201).Select(
            i => new RocPoint(i / 200.0, Math.Pow(i / 200.0, 1 / quality), i == 0 ? double.PositiveInfinity : 20 - (i / 10.0)))]);

    private static ProCurve Pro(double quality) => new(
        [.. Enumerable.Range(0, 201).Select(
            i => new ProPoint(i / 200.0, Math.Pow(i / 200.0, 1.4 / quality), i == 0 ? double.PositiveInfinity : 20 - (i / 10.0)))]);
}
