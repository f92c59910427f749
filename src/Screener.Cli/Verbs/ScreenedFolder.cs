using Screener.Errors;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using Screener.Studies;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>What <c>screen</c> does with any number of CTs.</summary>
/// <param name="paths">Folders, zips and files.</param>
/// <param name="folder">The results.</param>
internal sealed class ScreenedFolder(IReadOnlyList<string> paths, string folder)
{
    internal VerbResult Run(StudyScreeningOptions options, VerbContext context, CancellationToken cancellation)
    {
        var compute = context.Networks();
        StudyScreeningResult result;
        try
        {
            using var stages = new StageActivities(context.Activities);
            result = StudyScreening.Screen(
                paths, folder, options, compute, new Relay<StudyProgress>(p => stages.Report(p.Title, p.Fraction, p.Detail)), cancellation);
        }
        catch (OperationCanceledException e)
        {
            throw new ResumableStopException(e);
        }

        return Told(result, folder, options.Part, context.Activities);
    }

    /// <summary>Says what came of a screening.</summary>
    /// <param name="result">The screening.</param>
    /// <param name="folder">The results.</param>
    /// <param name="part">The part that was screened; null for all.</param>
    /// <param name="activities">Told what was refused.</param>
    internal static VerbResult Told(StudyScreeningResult result, string folder, WorkPart? part, Activities activities)
    {
        foreach (var (name, source, reason) in result.Refused)
            activities.Note($"refused {name}, {source}: {reason}");
        string? page = part is null ? Path.GetFullPath(Path.Combine(folder, "index.html")) : null;
        return new VerbResult(
            new
            {
                ok = true,
                folder,
                part = part?.ToString(),
                head = result.Method,
                result.Screened,
                result.Kept,
                result.PassedOver,
                result.Refused,
                page,
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            TablePart.Of(
                ["CT", "Highest", "Findings", "First finding"], result.Highest,
                ct =>
                [
                    ct.Name, Invariant($"{ct.Scores!.Highest:0.00}"), Invariant($"{ct.Findings!.Regions}"),
                    ct.Findings.List.Count > 0 ? FindingPictures.Caption(1, ct.Findings.List[0]) : "none",
                ]),
            new CodePart((part is null ? "" : $"part {part}: ")
                + Invariant($"{result.Screened} CTs screened, {result.Refused.Count} refused, ")
                + Invariant($"{result.PassedOver} files and series passed over; {result.Kept} stood before.")),
            new CodePart(PrintableText.Line(
                page is null ? $"when all parts are done: screener merge {folder}" : $"wrote {page}")))
        {
            // A part has done its work; the merge that waits for it says what was refused.
            ExitCode = part is null && result.Refused.Count > 0 ? Failure.SomeRefused : 0,
        };
    }
}
