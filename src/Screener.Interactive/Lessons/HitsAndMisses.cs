using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Lessons;

/// <summary>The cases that a method found best and worst.</summary>
public static class HitsAndMisses
{
    /// <summary>The pictures of both cases, without and with the map; of one, where the cohort has no more.</summary>
    /// <param name="result">The evaluated cohort.</param>
    /// <param name="pictures">What was drawn while it was evaluated.</param>
    /// <exception cref="MissingInputException">A picture is not there.</exception>
    public static Document Of(CohortEvaluationResult result, CasePictures pictures)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(pictures);
        return new Document(
            $"Hits and misses: {result.Dataset.Name}",
            "",
            new PicturesPart([.. CohortReport.BestAndWorst(result).Select(
                c => new Picture(
                    pictures.Read(result.Cohort, c.Case.CaseId),
                    Invariant($"{c.Which} case, {c.Case.CaseId}: AUROC {c.Case.Auroc:0.000}, {result.Shown!.Name}")))]),
            new NotePart(CasePictures.Note));
    }

    /// <summary>The name of the case that the shown method found worst; null if no case has an AUROC.</summary>
    /// <param name="result">The evaluated cohort.</param>
    public static string? WorstCase(CohortEvaluationResult result) => CohortReport.BestAndWorst(result) is { Count: > 0 } cases
        ? cases[^1].Case.CaseId
        : null;

    /// <summary>How many connected lesions share a voxel with a listed finding, and how many there are.</summary>
    /// <param name="findings">Found in a map on the lesions' grid.</param>
    /// <param name="lesions">The known lesions.</param>
    /// <exception cref="OptionException">The findings were read from a file, which does not hold their voxels.</exception>
    public static (int Touched, int Lesions) Touched(Findings findings, LesionMask lesions)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(lesions);
        if (findings.Places.Count != findings.List.Count)
            throw new OptionException(
                nameof(findings), "findings without their voxels", "findings of a map", "Make them by Findings.Of.");
        var (labels, count) = ConnectedComponents.Label(lesions.Voxels, lesions.Shape);
        return (findings.Places.SelectMany(place => place.LabelsIn(labels)).Distinct().Count(), count);
    }
}
