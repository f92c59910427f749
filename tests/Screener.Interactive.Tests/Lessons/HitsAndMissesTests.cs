using System.Text;
using Screener.Errors;
using Screener.Evaluation;
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
