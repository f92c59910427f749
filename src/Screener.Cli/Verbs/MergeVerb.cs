using System.CommandLine;
using Screener.Datasets;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Storage;
using Screener.Studies;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Puts the parts of some work together.</summary>
internal sealed class MergeVerb() : Verb(
    "merge",
    "Put the parts together that --part made of import, prepare, screen, evaluate, ablate or baselines: proves that none is missing, or "
    + "names it, and writes what one run of all would have written, the same bytes. Run it where the parts ran.",
    "screener merge results/",
    "screener merge lidc.json")
{
    private readonly Argument<string> _results = new("results") { Description = "What --out named." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_results];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths.Write(_results.Name, line.GetValue(_results));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string results = line.GetRequiredValue(_results);
        return PartState.VerbOf(results) switch
        {
            "import" => OfImport(DatasetImport.Merge(results, cancellation)),
            "prepare" => OfPrepare(CohortPreparation.Merge(results, cancellation)),
            "screen" => ScreenedFolder.Told(StudyMerge.Merge(results, cancellation), results, null, context.Activities),
            "evaluate" => EvaluateVerb.Merge(results, context, cancellation),
            "ablate" => AblateVerb.Merge(results, context, cancellation),
            "baselines" => BaselinesVerb.Merge(results, context, cancellation),
            var other => throw new ManifestException(
                PartState.FolderOf(results), $"parts of '{other}'", "parts that this version made", "Use the version that made them."),
        };
    }

    private static VerbResult OfImport(HuCache cache) => new(
        new { ok = true, folder = cache.Folder, prepared = cache.Cases.Count, cache.Rejected },
        Invariant($"{cache.Folder}: {cache.Cases.Count} cases imported, {cache.Rejected.Count} rejected"));

    private static VerbResult OfPrepare(PreparedCohort cohort) => new(
        new { ok = true, folder = cohort.Folder, prepared = cohort.Cases.Count, cohort.Rejected },
        Invariant($"{cohort.Folder}: {cohort.Cases.Count} CTs prepared, {cohort.Rejected.Count} rejected"));
}
