using Screener.Interactive.Cards;
using Screener.Interactive.Charts;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Sections of a report, and a whole report.</summary>
internal static class ReportFormatters
{
    private static readonly Func<QualityScores, Estimate>[] Measures = [s => s.Auroc, s => s.AurocLowFpr, s => s.AuproLowFpr];

    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<ReportSection>(s => new Card(s.Title, "", [.. Body(s), .. Note(s)])),
        new NotebookFormatter<ReportModel>(r => new Card(r.Title, "", [new NotePart(r.Summary), .. r.Sections.SelectMany(Parts)])),
    ];

    /// <summary>A section below others: its title, what it shows, and how to read it.</summary>
    internal static IReadOnlyList<CardPart> Parts(ReportSection section) =>
        [new HeadingPart(section.Title), .. Body(section), .. Note(section)];

    /// <summary>Per cohort AUROC with intervals, beside the paper's.</summary>
    internal static MarkupPart Pictures(ResultsSection section) => new(
        "<div class=\"row\">" + string.Concat(section.Rows.GroupBy(r => r.Cohort).Select(g => StillChart.Image(g.Key, [.. g]))) + "</div>",
        "  [picture] AUROC of each method with its interval");

    /// <summary>All measures of all methods, with intervals, beside the paper's; the best of each cohort in bold.</summary>
    internal static TablePart Table(ResultsSection section)
    {
        bool organ = section.Rows.Any(r => r.Organ is not null), paper = section.Rows.Any(r => r.Paper is not null);
        var groups = new List<(string, int)> { ("", 1), ("over the body", 3) };
        if (organ)
            groups.Add(("within the organ", 3));
        if (paper)
            groups.Add(("the paper, on its own data", 3));
        var rows = new List<IReadOnlyList<string>>();
        var (headings, pale, best) = (new Dictionary<int, string>(), new HashSet<int>(), new HashSet<(int, int)>());
        foreach (var cohort in section.Rows.GroupBy(r => r.Cohort))
        {
            headings[rows.Count] = cohort.Key;
            foreach (var row in cohort)
            {
                if (row.IsBaseline)
                    pale.Add(rows.Count);
                for (int m = 0; m < Measures.Length; m++)
                {
                    if (Wins(row.Body, cohort.Select(r => r.Body), Measures[m]))
                        best.Add((rows.Count, 1 + m));
                    if (organ && Wins(row.Organ, cohort.Select(r => r.Organ), Measures[m]))
                        best.Add((rows.Count, 4 + m));
                }

                rows.Add(
                    [row.Method, .. Cells(row.Body, "0.000"), .. organ ? Cells(row.Organ, "0.000") : [],
                        .. paper ? Cells(row.Paper, "0.00") : []]);
            }
        }

        string[] measures = ["AUROC", "AUROC, FPR\u00a0≤\u00a00.3", "AUPRO, FPR\u00a0≤\u00a00.3"];
        return new TablePart(["Method", .. Enumerable.Repeat(measures, groups.Count - 1).SelectMany(m => m)], rows)
        {
            Groups = groups, Headings = headings, Pale = pale, Best = best,
        };
    }

    private static IEnumerable<CardPart> Body(ReportSection section) => section switch
    {
        ResultsSection results => [Pictures(results), Table(results)],
        TableSection table => [new TablePart(table.Columns, table.Rows)],
        PlotsSection plots => [new ChartsPart(plots.Plots)],
        GallerySection gallery => [new PicturesPart(gallery.Pictures)],
        FactsSection facts => [new FactsPart(facts.Facts)],
        _ => throw new ArgumentException($"A section of type {section.GetType().Name} cannot be shown.", nameof(section)),
    };

    private static IEnumerable<CardPart> Note(ReportSection section) => section.Note.Length > 0 ? [new NotePart(section.Note)] : [];

    private static bool Wins(QualityScores? scores, IEnumerable<QualityScores?> rivals, Func<QualityScores, Estimate> measure)
    {
        var all = rivals.OfType<QualityScores>().ToList();
        return scores is not null && all.Count > 1 && double.IsFinite(measure(scores).Value)
            && all.All(r => !(measure(r).Value > measure(scores).Value));
    }

    // The interval stands small under its value.
    private static IEnumerable<string> Cells(QualityScores? scores, string format) => Measures.Select(measure =>
    {
        var e = scores is null ? new Estimate(double.NaN) : measure(scores);
        string Number(double value) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
        return !double.IsFinite(e.Value)
            ? "–"
            : double.IsFinite(e.Low) && double.IsFinite(e.High)
                ? $"{Number(e.Value)}\n{Number(e.Low)} – {Number(e.High)}"
                : Number(e.Value);
    });
}
