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

        foreach (var (name, source, reason) in result.Refused)
            context.Activities.Note($"refused {name}, {source}: {reason}");
        string page = Path.GetFullPath(Path.Combine(folder, "index.html"));
        return new VerbResult(
            new
            {
                ok = true,
                folder,
                model = options.Model,
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
            new CodePart(Invariant($"{result.Screened} CTs screened, {result.Refused.Count} refused, ")
                + Invariant($"{result.PassedOver} files and series passed over; {result.Kept} stood before.")),
            new CodePart(PrintableText.Line($"wrote {page}")))
        {
            ExitCode = result.Refused.Count > 0 ? Failure.SomeRefused : 0,
        };
    }
}
