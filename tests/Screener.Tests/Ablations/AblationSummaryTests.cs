using Screener.Ablations;
using Screener.Conditions;
using Screener.Densities;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Tests.Ablations;

public sealed class AblationSummaryTests
{
    private const int Cases = 12, Replicates = 60;
    private static readonly string[] Cohorts = ["lung-nodules", "liver-tumours"];
    private static readonly EvaluationOptions Evaluation = new()
    {
        BootstrapReplicates = Replicates, IntervalBins = 4096, SamplesPerCase = 0,
    };

    private static readonly AblationGrid Grid = AblationGrid.Parse("""
        {"name":"made up","trainingData":["a"],"testData":["b"],"descriptors":[{"name":"VICReg-32"}],
        "conditions":[{"name":"none","kind":"None"},{"name":"sin-cos","kind":"SinCos"},
        {"name":"masking-invariant","kind":"MaskingInvariant"}],
        "densities":[{"name":"Gaussian","kind":"Gaussian"},{"name":"Glow","kind":"Glow"}]}
        """) with { Evaluation = Evaluation };

    // How far lesions stand out: under the Gaussian by condition, under Glow the same for all.
    private static readonly AblationResult[] Results =
    [
        .. from density in Grid.Densities
           from condition in Grid.Conditions
           from seed in Grid.DensitySeeds
           select Result(
               condition, density, seed,
               density.Kind is GlowDensityOptions
                   ? 1.5
                   : condition.Kind switch { NoCondition => 0.2, SinCosCondition => 1.0, _ => 2.2 }),
    ];

    [Fact]
    public void ComparisonsAverageOverSeedsAndDrawTheSameCasesForBoth()
    {
        var summary = AblationSummary.Of(Grid, Results, TestContext.Current.CancellationToken);
        var found = summary.Comparisons.Single(
            c => c is { First: "masking-invariant", Second: "sin-cos", Density: "Gaussian", Cohort: "lung-nodules",
                Scope: EvaluationScope.Body });
        double[] perSeed = [
            .. Grid.DensitySeeds.Select(s => Of("masking-invariant", s).Auroc.Value!.Value - Of("sin-cos", s).Auroc.Value!.Value)];
        Assert.Equal(perSeed, found.PerSeed);
        Assert.Equal(perSeed.Average(), found.Difference.Auroc!.Value, 12);

        // By hand: the draws of the cohort and of the seeds over one network, every method evaluated anew on the drawn cases, averaged.
        var replicates = new double[Replicates];
        var random = new RandomStream(Grid.Seed).Fork("ablation").Fork("lung-nodules");
        var seeds = new RandomStream(Grid.Seed).Fork("ablation").Fork("seeds of the runs");
        for (int r = 0; r < Replicates; r++)
        {
            var stream = random.Fork((ulong)r);
            int[] drawn = [.. Enumerable.Range(0, Cases).Select(_ => stream.NextInt(Cases))];
            var ofSeeds = seeds.Fork((ulong)r);
            Assert.Equal(0, ofSeeds.NextInt(1));
            ulong[] runs = [.. Enumerable.Range(0, 3).Select(_ => Grid.DensitySeeds[ofSeeds.NextInt(3)])];
            replicates[r] = runs.Average(
                s => Pooled(drawn, new MaskingInvariantCondition(), 2.2, s) - Pooled(drawn, new SinCosCondition(), 1.0, s));
        }

        Array.Sort(replicates);
        Assert.Equal(Quantile(replicates, 0.025), found.Difference.Auroc.Interval!.Lower, 2e-3);
        Assert.Equal(Quantile(replicates, 0.975), found.Difference.Auroc.Interval.Upper, 2e-3);

        // Over the cohorts: the mean of the cohorts' differences, and a narrower interval.
        var mean = summary.Comparisons.Single(
            c => c is { First: "masking-invariant", Second: "sin-cos", Density: "Gaussian", Cohort: null, Scope: EvaluationScope.Body });
        var other = summary.Comparisons.Single(
            c => c is { First: "masking-invariant", Second: "sin-cos", Density: "Gaussian", Cohort: "liver-tumours",
                Scope: EvaluationScope.Body });
        Assert.Equal((found.Difference.Auroc.Value + other.Difference.Auroc!.Value) / 2, mean.Difference.Auroc!.Value, 12);
        Assert.True(
            mean.Difference.Auroc.Interval!.Upper - mean.Difference.Auroc.Interval.Lower < found.Difference.Auroc.Interval.Upper
                - found.Difference.Auroc.Interval.Lower);

        var average = summary.Averages.Single(
            a => a is { Condition: "none", Density: "Glow", Cohort: "liver-tumours", Scope: EvaluationScope.Body });
        Assert.Equal((3, true), (average.Seeds, average.Auroc.Lowest < average.Auroc.Value && average.Auroc.Value < average.Auroc.Highest));
        Assert.InRange(average.Auroc.Value!.Value, average.Auroc.Interval!.Lower, average.Auroc.Interval.Upper);
        Assert.DoesNotContain(summary.Comparisons, c => c.Scope == EvaluationScope.Organ);
    }

    [Fact]
    public void ADifferenceThatOtherNetworksTurnRoundIsNotClaimed()
    {
        // With the first network sin-cos is far better, with the second a little worse; the mean is above 0 for whatever patients.
        AblationResult Of(int condition, ulong network, double shift)
        {
            var result = Result(Grid.Conditions[condition], Grid.Densities[0], 1, shift);
            return result with { Key = $"{result.Key} {network}", Cell = result.Cell with { NetworkSeed = network } };
        }

        AblationResult[] first = [Of(0, 1, 0.8), Of(1, 1, 2.2)], second = [Of(0, 2, 1.4), Of(1, 2, 1.0)];
        AblationComparison Compared(params AblationResult[] results) => AblationSummary.Of(
            Grid, results, TestContext.Current.CancellationToken).Comparisons.Single(
                c => c is { Factor: AblationFactor.Condition, Cohort: null, Scope: EvaluationScope.Body });
        Assert.Equal([1, -1, 0], [Compared(first).Verdict, Compared(second).Verdict, Compared([.. first, .. second]).Verdict]);
        var both = Compared([.. first, .. second]);
        Assert.True(both.Difference.Auroc!.Value > 0.05);
        Assert.InRange(both.Difference.Auroc.Interval!.Lower, both.PerSeed[1] - 0.05, both.PerSeed[1] + 0.05);
        Assert.InRange(both.Difference.Auroc.Interval.Upper, both.PerSeed[0] - 0.05, both.PerSeed[0] + 0.05);
    }

    [Fact]
    public void TheSentencesAndOrderingsSayWhatTheIntervalsSay()
    {
        var summary = AblationSummary.Of(Grid, Results, TestContext.Current.CancellationToken);
        var sentences = AblationComparison.Sentences(
            summary.Comparisons.Where(c => c.Cohort is null && c.Factor == AblationFactor.Condition));
        Assert.Equal(3, sentences.Count);
        Assert.Matches(
            @"^Mean of the cohorts, VICReg-32: masking-invariant beats none by 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] under Gaussian; "
                + @"no difference under Glow: -?0\.\d{3} \[-0\.\d{3}, 0\.\d{3}\]\.$", sentences[1]);

        var verdicts = summary.Orderings.Where(o => o.Cohort is null).ToDictionary(o => o.Claim, o => o.Verdict);
        Assert.Equal(OrderingVerdict.Holds, verdicts["none < sin-cos < masking-invariant with Gaussian"]);
        Assert.Equal(OrderingVerdict.Holds, verdicts["sin-cos < masking-invariant with Gaussian"]);
        Assert.Equal(OrderingVerdict.Holds, verdicts["the condition hardly matters with Glow (within ±0.03)"]);

        // The other way round, and with conditions that are alike.
        var turned = AblationSummary.Of(
            Grid, [.. Results.Select(
                r => r with
                {
                    Condition = r.Condition switch
                    {
                        NoCondition => new MaskingInvariantCondition(),
                        MaskingInvariantCondition => new NoCondition(),
                        var c => c,
                    }, Cell = r.Cell with
                    {
                        Condition = r.Cell.Condition switch { "none" => "masking-invariant", "masking-invariant" => "none", var c => c },
                    },
                })], TestContext.Current.CancellationToken);
        Assert.All(
            turned.Orderings.Where(o => o.Claim.StartsWith("none < sin-cos", StringComparison.Ordinal)),
            o => Assert.Equal(OrderingVerdict.DoesNotHold, o.Verdict));
        Assert.Contains(
            "sin-cos beats masking-invariant by 0.",
            AblationComparison.Sentences(turned.Comparisons.Where(c => c is { First: "masking-invariant", Second: "sin-cos" }))[0],
            StringComparison.Ordinal);
        var alike = AblationSummary.Of(
            Grid, [.. Results.Where(r => r.Density is GlowDensityOptions).Select(r => r with { Density = new GaussianDensityOptions() })],
            TestContext.Current.CancellationToken);
        Assert.All(alike.Orderings, o => Assert.Equal(OrderingVerdict.Undecided, o.Verdict));
    }

    [Fact]
    public void ItIsWrittenReadAndReported()
    {
        using var folder = new TemporaryFolder();
        var summary = AblationSummary.Of(Grid, Results, TestContext.Current.CancellationToken);
        summary.Write(folder["comparison.json"]);
        var read = AblationSummary.Read(folder["comparison.json"]);
        read.Write(folder["again.json"]);
        Assert.Equal(File.ReadAllText(folder["comparison.json"]), File.ReadAllText(folder["again.json"]));
        AblationSummary.Of(Grid, [.. Results.Reverse()], TestContext.Current.CancellationToken).Write(folder["reversed.json"]);
        Assert.Equal(File.ReadAllText(folder["comparison.json"]), File.ReadAllText(folder["reversed.json"]));

        string html = DocumentPage.Render(AblationReport.Of(summary, Results));
        foreach (string text in (string[])["the condition hardly matters with Glow", "paper: VICReg-32, masking-invariant, Gaussian",
            "here: VICReg-32, masking-invariant, Gaussian", "mean of the cohorts", "What it took", "AUROC over the body",
            "The orderings in each cohort", "Orderings that the paper found: 5; hold here for every descriptor: 5; do not hold for any: 0",
            "holds: sin-cos - none = +0."])
            Assert.Contains(text, html, StringComparison.Ordinal);
        Assert.Equal(0.96, PaperResults.Find(Results[0].Scores[0].Dataset, "SimCLR-32", "none", "flow")!.Auroc.Value);
        Assert.Null(PaperResults.Find(Results[0].Scores[0].Dataset, "SimCLR-32", "sin-cos", "flow"));
    }

    private static EvaluationResult Of(string condition, ulong seed) =>
        Results.Single(r => r.Cell.Condition == condition && r.Cell.Density == "Gaussian" && r.Cell.DensitySeed == seed).Score(
            "lung-nodules").Body;

    private static AblationResult Result(AblationCondition condition, AblationDensity density, ulong seed, double shift)
    {
        var scores = new List<AblationScore>();
        foreach (string cohort in Cohorts)
        {
            var evaluation = new PooledEvaluation(Evaluation, new RandomStream(1));
            for (int i = 0; i < Cases; i++)
            {
                var (values, lesions) = Case(cohort, i, condition.Kind, shift, seed);
                evaluation.Add($"case {i:00}", values, lesions, [], new VolumeShape(1, 1, values.Length));
            }

            scores.Add(new AblationScore(cohort, evaluation.Finish(), null));
        }

        return new AblationResult
        {
            Cell = new AblationCell("VICReg-32", condition.Name, density.Name, 2502, seed), Key = $"{condition.Name} {density.Name} {seed}",
            Density = density.Kind, Condition = condition.Kind,
            DescriptorTraining = PretrainingOptions.Quick, Fitting = DensityFittingOptions.Quick, Scores = scores,
            Cost = new AblationCost(1, 2, 3, 1), Libraries = new Dictionary<string, string> { ["screener"] = "1" },
        };
    }

    // A case's own difficulty is common to all methods; the noise is the method's and seed's.
    private static (float[] Values, byte[] Lesions) Case(string cohort, int index, Condition kind, double shift, ulong seed)
    {
        double difficulty = new RandomStream(9).Fork(cohort).Fork((ulong)index).Uniform(0.6, 1.4);
        var random = new RandomStream(seed).Fork(cohort).Fork((ulong)index).Fork(
            kind switch { NoCondition => 0UL, SinCosCondition => 1, _ => 3 });
        var lesions = new byte[200];
        lesions.AsSpan(0, 20 + index).Fill(1);
        return ([.. lesions.Select(l => (float)(random.NextGaussian() + (l * shift * difficulty)))], lesions);
    }

    private static double Pooled(int[] drawn, Condition kind, double shift, ulong seed)
    {
        var cases = drawn.Select(i => Case("lung-nodules", i, kind, shift, seed)).ToList();
        return RocCurve.Auroc([.. cases.SelectMany(c => c.Values)], [.. cases.SelectMany(c => c.Lesions)]);
    }

    private static double Quantile(double[] sorted, double q)
    {
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
