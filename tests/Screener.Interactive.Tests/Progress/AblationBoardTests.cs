using Screener.Ablations;
using Screener.Conditions;
using Screener.Interactive.Progress;
using Screener.Interactive.Tests.Values;
using Screener.Reporting;

namespace Screener.Interactive.Tests.Progress;

public sealed class AblationBoardTests
{
    private static readonly AblationGrid Grid = EvaluationSamples.Grid with
    {
        Descriptors = [new("VICReg-32")], Densities = [EvaluationSamples.Grid.Densities[0]],
    };

    private readonly List<AblationView> _shown = [];

    [Fact]
    public void ResultsAreShownAsTheyArriveAndTheBarNowAndThen()
    {
        var clock = new ManualClock();
        var board = Create(clock);
        Assert.Equal(("quick: 8 cells", 0, "starting"), (_shown[0].Progress.What, _shown[0].Progress.Fraction, _shown[0].Progress.Where));
        Assert.Empty(_shown[0].Rows);

        board.Report(new AblationProgress(0, 8, "features", 0.5, null));
        Assert.Single(_shown);
        clock.Advance(TimeSpan.FromSeconds(2));
        board.Report(new AblationProgress(2, 8, "features", 0.5, TimeSpan.FromSeconds(90)));
        Assert.Equal(
            (2.25 / 8, "2 of 8 done, now features, about 1 min 30 s left"), (_shown[^1].Progress.Fraction, _shown[^1].Progress.Where));

        // In any order they arrive, all that is to come keeps its row.
        foreach (var result in EvaluationSamples.Cells.Reverse())
            board.Add(result);
        Assert.Equal(2 + 8, _shown.Count);
        Assert.Equal((1, "all done"), (_shown[^1].Progress.Fraction, _shown[^1].Progress.Where));
        Assert.Equal(
            ["none + Gaussian", "sin-cos + Gaussian", "APE + Gaussian", "masking-invariant + Gaussian"],
            _shown[2].Rows.Where(r => r.Cohort == "lung-nodules").Select(r => r.Method));
        Assert.Equal(
            [true, true, true, false], _shown[2].Rows.Where(r => r.Cohort == "lung-nodules").Select(r => double.IsNaN(r.Body.Auroc.Value)));
        Assert.Equal(EvaluationSamples.Cells, board.Results);
    }

    [Fact]
    public void ARowIsTheMeanOfItsSeedsAndTheirRange()
    {
        var cells = EvaluationSamples.Cells;
        var row = AblationView.Of(cells).Single(r => r is { Cohort: "lung-nodules", Method: "sin-cos + Gaussian" });
        double[] seeds = [.. cells.Where(c => c.Cell.Condition == "sin-cos").Select(c => c.Score("lung-nodules").Body.Auroc.Value!.Value)];
        Assert.Equal(2, seeds.Length);
        Assert.Equal(new Estimate((seeds[0] + seeds[1]) / 2, Math.Min(seeds[0], seeds[1]), Math.Max(seeds[0], seeds[1])), row.Body.Auroc);
        Assert.NotNull(row.Organ);
        Assert.Null(AblationView.Of(cells).First(r => r.Cohort == "liver-tumours").Organ);
        Assert.Equal(double.NaN, AblationView.Of([cells[0]])[0].Body.Auroc.Low);
    }

    [Fact]
    public void ConditionsOfOnesOwnHaveRowsToo()
    {
        var board = Create(new ManualClock(), new Mine());
        board.Add(EvaluationSamples.Cells[0]);
        Assert.Equal("mine + Gaussian", _shown[^1].Rows[4].Method);
        Assert.StartsWith("quick: 10 cells", _shown[^1].Progress.What, StringComparison.Ordinal);
    }

    private AblationBoard Create(TimeProvider clock, Condition? own = null) => new(
        first =>
        {
            _shown.Add(first);
            return next => _shown.Add((AblationView)next);
        },
        own is null ? Grid : Grid with { Conditions = [.. Grid.Conditions, new(own.Name, own)] }, clock);

    private sealed record Mine : Condition
    {
        public override string Name => "mine";

        public override int Channels => 1;

        public override TorchSharp.torch.Tensor Compute(TorchSharp.torch.Tensor images, PatchPlacement[] placements, long[] poolKernel) =>
            throw new NotSupportedException();
    }
}
