namespace Screener.Reporting;

/// <summary>Quality per cohort and method. Rows of one cohort stand together in the order given.</summary>
public static class ResultsTable
{
    /// <summary>Charts of AUROC with intervals, then one table of everything.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="note">How to read it.</param>
    public static SectionPart Section(string title, IReadOnlyList<ResultRow> rows, string note = "") =>
        new(title, note, Charts(rows), Table(rows));

    /// <summary>Per cohort AUROC with intervals, beside the paper's: one axis for all, and one legend, under the last.</summary>
    public static ChartsPart Charts(IReadOnlyList<ResultRow> rows)
    {
        var cohorts = rows.GroupBy(r => r.Cohort).ToList();
        return new(
            [.. cohorts.Select((g, i) => new QualityChart(g.Key, [.. g])
            {
                Low = IntervalChart.LowOf(rows), Explained = i == cohorts.Count - 1 ? rows : [],
            })])
        {
            IsStill = true,
        };
    }

    /// <summary>All measures of all methods, with intervals, beside the paper's; the best of each cohort in bold.</summary>
    public static TablePart Table(IReadOnlyList<ResultRow> rows)
    {
        int measures = QualityScores.Names.Length;
        bool organ = rows.Any(r => r.Organ is not null), paper = rows.Any(r => r.Paper is not null);
        (string, int)[] groups =
        [
            ("", 1), ("over the body", measures),
            .. organ ? [("within the organ", measures)] : Array.Empty<(string, int)>(),
            .. paper ? [("the paper, on its own data", measures)] : Array.Empty<(string, int)>(),
        ];
        var cells = new List<IReadOnlyList<string>>();
        var (headings, pale, best) = (new Dictionary<int, string>(), new HashSet<int>(), new HashSet<(int, int)>());
        foreach (var cohort in rows.GroupBy(r => r.Cohort))
        {
            headings[cells.Count] = cohort.Key;
            foreach (var row in cohort)
            {
                if (row.IsBaseline)
                    pale.Add(cells.Count);
                for (int m = 0; m < measures; m++)
                {
                    if (Wins(row.Body, cohort.Select(r => r.Body), m))
                        best.Add((cells.Count, 1 + m));
                    if (organ && Wins(row.Organ, cohort.Select(r => r.Organ), m))
                        best.Add((cells.Count, 1 + measures + m));
                }

                cells.Add(
                    [row.Method, .. Cells(row.Body), .. organ ? Cells(row.Organ) : [], .. paper ? Cells(row.Paper, "0.00") : []]);
            }
        }

        return new TablePart(["Method", .. Enumerable.Repeat(QualityScores.Names, groups.Length - 1).SelectMany(m => m)], cells)
        {
            Groups = groups, Headings = headings, Pale = pale, Best = best,
        };
    }

    /// <summary>The cells of some scores, each interval under its value.</summary>
    internal static IEnumerable<string> Cells(QualityScores? scores, string format = "0.000") =>
        scores?.Estimates.Select(e => e.Cell(format)) ?? QualityScores.Names.Select(_ => "–");

    private static bool Wins(QualityScores? scores, IEnumerable<QualityScores?> rivals, int measure)
    {
        var all = rivals.OfType<QualityScores>().ToList();
        double? value = scores?.Estimates[measure].Value;
        return all.Count > 1 && value is { } v && double.IsFinite(v) && all.All(r => !(r.Estimates[measure].Value > v));
    }
}
