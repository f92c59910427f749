using Screener.Evaluation;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Viewer;

/// <summary>A finding as a row of a table.</summary>
internal static class FindingCells
{
    internal static IReadOnlyList<string> Columns { get; } = ["", "Peak", "Where, mm", "Volume, ml", "Mean HU", "Label"];

    internal static IReadOnlyList<string> Of(Finding finding, int index) =>
    [
        Invariant($"{index + 1}"), Invariant($"{finding.Peak:0.00}"), Words.Place(finding.X, finding.Y, finding.Z),
        Invariant($"{finding.VolumeMl:0.00}"), Words.Signs(finding.MeanHu is { } hu ? Invariant($"{hu:#,0}") : "–"),
        finding.OrganName ?? (finding.Organ is { } organ ? Invariant($"{organ}") : "–"),
    ];
}
