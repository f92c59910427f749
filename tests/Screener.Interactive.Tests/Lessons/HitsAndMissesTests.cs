using System.Text;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Interactive.Tests.Values;
using Screener.Reporting;

namespace Screener.Tests.Interactive.Lessons;

public sealed class HitsAndMissesTests
{
    [Fact]
    public void TheBestComesFirstAndTheWorstLastByTheShownMethod()
    {
        using var folder = new TemporaryFolder();
        var result = Ranked(("a", 0.7), ("b", 0.9), ("healthy", null), ("c", 0.2));
        Directory.CreateDirectory(folder["lung-nodules"]);
        foreach (string id in (string[])["b", "c"])
            File.WriteAllText(Path.Combine(folder["lung-nodules"], id + ".png"), $"picture of {id}");
        var pictures = HitsAndMisses.Of(result, new CasePictures(folder.FullName)).Parts.OfType<PicturesPart>().Single().Pictures;
        Assert.Equal(
            ["best case, b: AUROC 0.900, masking-invariant + gaussian", "worst case, c: AUROC 0.200, masking-invariant + gaussian"],
            pictures.Select(p => p.Caption));
        Assert.Equal(["picture of b", "picture of c"], pictures.Select(p => Encoding.ASCII.GetString(p.Png)));
        Assert.Equal("c", HitsAndMisses.WorstCase(result));
        Assert.Equal([("best", "b"), ("median", "a")], CohortReport.BestAndMedian(result).Select(c => (c.Which, c.Case.CaseId)));
    }

    [Fact]
    public void OneCaseIsBothAndNoneIsNeither()
    {
        Assert.Equal(
            [("only", "a")], CohortReport.BestAndWorst(Ranked(("a", 0.7), ("healthy", null))).Select(c => (c.Which, c.Case.CaseId)));
        Assert.Null(HitsAndMisses.WorstCase(Ranked(("healthy", null))));
    }

    [Fact]
    public void APictureThatWasNotDrawnIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "a.png", Assert.Throws<MissingInputException>(
                () => HitsAndMisses.Of(Ranked(("a", 0.7)), new CasePictures(folder.FullName))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALesionIsTouchedByAFindingThatSharesAVoxelWithIt()
    {
        // One finding reaches into the first lesion; its peak lies beside it. The second lesion is above no threshold.
        var grid = new VolumeGrid(new(1, 1, 8), Affine.Canonical(new Spacing(4, 4, 4)));
        var map = new AnomalyMap(grid, [0, 5, 4.5f, 0, 0, 0, 1, 0]) { IsCalibrated = true };
        var findings = Findings.Of(map, new BodyMask(grid, [1, 1, 1, 1, 1, 1, 1, 1]), new FindingOptions());
        var lesions = new LesionMask(grid, [0, 0, 1, 1, 0, 0, 1, 0]);
        Assert.Single(findings.List);
        Assert.Equal((1, 2), HitsAndMisses.Touched(findings, lesions));
        Assert.Throws<OptionException>(() => HitsAndMisses.Touched(new Findings(2, findings.List, 1), lesions));
    }

    // All methods but the shown one rank the cases the other way round.
    private static CohortEvaluationResult Ranked(params (string Id, double? Auroc)[] cases)
    {
        var sample = EvaluationSamples.Cohort("lung-nodules");
        var shown = sample.Shown!;
        return sample with
        {
            Methods = [.. sample.Methods.Select(m => m with
            {
                Body = m.Body with
                {
                    PerCase = [
                        .. cases.Select(
                            c => new CaseMetrics(
                                c.Id, 1, 1, 1, m == shown ? c.Auroc : 1 - c.Auroc, null, null,
                                c.Auroc is null ? Undefined.NoLesion : null))],
                },
            })],
        };
    }
}
