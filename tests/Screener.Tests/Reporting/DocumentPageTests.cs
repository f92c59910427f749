using System.Text.RegularExpressions;
using System.Xml.Linq;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Tests.Reporting;

public sealed partial class DocumentPageTests
{
    private const string Hostile = "<script>alert('x')</script> & \"quotes\"";

    [Fact]
    public void EveryTextIsEscapedAndThePageIsWellFormed()
    {
        string html = DocumentPage.Render(Example(Hostile));
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("alert('x')</", html);

        // Without its void elements' open tags the page must be well-formed XML: every element closed, every attribute quoted.
        var page = XDocument.Parse(VoidElement().Replace(html.Replace("<!doctype html>", ""), "$0</$1>"));
        int texts = page.Descendants().Count(e => !e.HasElements && e.Value.Contains(Hostile));
        Assert.True(texts >= 15, $"{texts} texts");
        Assert.Equal(2, page.Descendants("section").Count(s => s.Element("h2")!.Value.StartsWith("Results")));
    }

    [Fact]
    public void ThePageNeedsNothingFromElsewhere()
    {
        string html = DocumentPage.Render(Example("x"));
        Assert.DoesNotMatch("""(src|href|url|action)\s*[=(]\s*["']?\s*(https?:|//|file:|[a-z]+\.[a-z]+)""", html);
        Assert.DoesNotContain("@import", html);
        Assert.Equal(1, Regex.Count(html, "not a medical device"));
    }

    [Fact]
    public void NumbersIntervalsAndMissingValuesStandInTheTable()
    {
        string html = DocumentPage.Render(Example("x"));
        Assert.Contains("<td class=\"number start best\">0.931<small>0.902 – 0.955</small></td>", html);
        Assert.Contains("<td class=\"number start\">0.600<small>0.550 – 0.650</small></td>", html);
        Assert.Contains("<td class=\"number\">–</td>", html);
        Assert.Contains("<td class=\"number start\">0.96</td>", html);
        Assert.Contains("<tr class=\"pale\"><td>HU and position</td>", html);
    }

    [Fact]
    public void ACurveBreaksAtWhatIsNotFiniteAndKeepsItsEnd()
    {
        var series = new LineSeries("s", [0, 0.25, double.NaN, 0.5, 0.75, 0.75001], [0, 1, 1, 0.5, double.PositiveInfinity, 1]);
        var plot = new LinePlot("p", "x", "y", [series]) { XRange = (0, 1), YRange = (0, 1) };
        string html = DocumentPage.Render(new Document("t", "s", new ChartsPart(plot)));
        string path = Regex.Match(html, "class=\"curve c0\" d=\"([^\"]+)\"><title>s").Groups[1].Value;

        // The plot's area is x 56 to 446, y 276 (0) to 12 (1).
        Assert.Equal("M56 276L153.5 12M251 144M348.5 12", path);

        var many = new LineSeries(
            "m", [.. Enumerable.Range(0, 100_001).Select(i => i / 1e5)], [.. Enumerable.Range(0, 100_001).Select(i => i / 1e5)]);
        html = DocumentPage.Render(new Document("t", "s", new ChartsPart(plot with { Series = [many] })));
        path = Regex.Match(html, "class=\"curve c0\" d=\"([^\"]+)\"><title>m").Groups[1].Value;
        Assert.InRange(path.Length, 100, 20_000);
        Assert.EndsWith("L446 12", path);
    }

    [Fact]
    public void ThePapersNumbersAreThePapers()
    {
        var scores = PaperResults.Find(DatasetCatalogue.Find("kits21"), "masking-invariant", "gaussian")!;
        Assert.Equal((.87, .58, .57), (scores.Auroc.Value, scores.AurocLowFpr.Value, scores.AuproLowFpr.Value));
        scores = PaperResults.Find(DatasetCatalogue.Find("lidc-idri"), "none", "flow")!;
        Assert.Equal((.96, .89, .67), (scores.Auroc.Value, scores.AurocLowFpr.Value, scores.AuproLowFpr.Value));
        Assert.Null(PaperResults.Find(DatasetCatalogue.Find("lidc-idri"), "none", "mixture"));
    }

    [Fact]
    public void EvaluationsAndHistoriesBecomeNumbersAndCurves()
    {
        var result = new EvaluationResult
        {
            Auroc = new Metric(0.9, null, new Interval(0.8, 0.95, 100)),
            AurocAtLimit = new Metric(0.7),
            AuproAtLimit = new Metric(null, Undefined.NoLesion),
            FprLimit = 0.3,
            Connectivity = Connectivity.TwentySix,
            Confidence = 0.95,
            Cases = 1,
            CasesWithLesion = 1,
            Regions = 1,
            PositiveVoxels = 1,
            NegativeVoxels = 1,
            PerCase = [],
        };
        Assert.Equal(new QualityScores(new(0.9, 0.8, 0.95), new(0.7), new(double.NaN)), QualityScores.Of(result));
        Assert.Throws<OptionException>(() => QualityScores.Of(result with { FprLimit = 0.2 }));
        var roc = LineSeries.Of("r", new RocCurve([new(0, 0, double.PositiveInfinity), new(0.1, 0.5, 3), new(1, 1, 0)]));
        Assert.Equal([0, 0.1, 1], roc.X);
        Assert.Equal([0, 0.5, 1], roc.Y);
        var records = new TrainingRecord[] { new(10, 1e-3, 1, new Dictionary<string, double> { ["loss"] = 5 }),
            new(20, 1e-3, 1, new Dictionary<string, double>()) };
        var loss = LineSeries.Of("l", records);
        Assert.Equal([10, 20], loss.X);
        Assert.Equal([5, double.NaN], loss.Y);
    }

    internal static Document Example(string text)
    {
        static QualityScores Scores(double auroc, double low, double high) =>
            new(new(auroc, low, high), new(auroc * 0.7, low * 0.7, high * 0.7), new(auroc * 0.6, double.NaN, double.NaN));
        var image = new RgbImage(40, 30);
        image[3, 4] = new Rgb(255, 0, 0);
        ResultRow[] rows =
        [
            new("Lung " + text, "HU and position", Scores(0.60, 0.55, 0.65), Scores(0.52, 0.5, 0.54), IsBaseline: true),
            new("Lung " + text, "none " + text, Scores(0.58, 0.53, 0.64), null,
                PaperResults.Find(DatasetCatalogue.Find("lidc-idri"), "none", "gaussian")),
            new("Lung " + text, "masking-invariant", Scores(0.931, 0.902, 0.955), Scores(0.88, 0.8, 0.9),
                PaperResults.Find(DatasetCatalogue.Find("lidc-idri"), "masking-invariant", "gaussian")),
            new("Liver", "none", Scores(0.44, 0.40, 0.49), Scores(0.53, 0.5, 0.6)),
            new("Liver", "masking-invariant", new(new(double.NaN), new(0.3), new(double.NaN))),
        ];
        var roc = new LinePlot("ROC " + text, "false positive rate " + text, "true positive rate " + text, [
            new("none " + text, [0, 0.1, 0.4, 1], [0, 0.2, 0.7, 1]),
            new("masking-invariant", [0, 0.02, 0.1, 1], [0, 0.7, 0.9, 1]),
            new("HU and position", [0, 0.5, 1], [0, 0.55, 1])]) { XRange = (0, 1), YRange = (0, 1), ShadeUpTo = 0.3, Diagonal = true };
        var loss = new LinePlot(
            "Training", "step", "loss",
            [new("descriptor", [.. Enumerable.Range(1, 700).Select(i => (double)i)],
                [.. Enumerable.Range(1, 700).Select(i => 40 / Math.Sqrt(i) + Math.Sin(i))])]);
        return new Document(
            "Report " + text,
            "Subtitle " + text,
            ResultsTable.Section("Results " + text, rows, "Note " + text),
            ResultsTable.Section("Results, empty", []),
            new SectionPart("Curves " + text, "Shaded: the range of the partial areas. " + text, new ChartsPart(roc, loss)),
            new SectionPart(
                "Pictures " + text, "", new PicturesPart(new Picture(image, "Caption " + text), new Picture(image, "Second"))),
            new SectionPart("Times " + text, "", new TablePart(["Stage " + text, "s"], [["descriptor " + text, "192.1 " + text]])),
            new FoldedPart("Settings " + text, new FactsPart(("seed " + text, "1 " + text)), new CodePart("code " + text)),
            new ProgressPart(0.5, "half " + text));
    }

    [GeneratedRegex("<(meta)[^>]*>")]
    private static partial Regex VoidElement();
}
