using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Runtime;
using Screener.Storage;

namespace Screener.Evaluation;

public sealed partial record EvaluationProtocol
{
    private const string PartVerb = "evaluate";

    /// <summary>Makes the maps of one of several parts of the cases; <see cref="Merge"/> counts them all.</summary>
    /// <param name="results">The file of the results that is going to be written.</param>
    /// <param name="part">The part.</param>
    /// <param name="compute">Device and threads.</param>
    /// <param name="progress">Told within each stage.</param>
    /// <param name="cancellation">Stops between windows; maps that are made stay.</param>
    /// <returns>How many maps the part has.</returns>
    /// <exception cref="ScreenerException">Something is wrong with options or files.</exception>
    public int MakePart(
        string results, WorkPart part, ComputeOptions compute, IProgress<ProtocolProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(compute);
        PartState.Begin(results, part);
        string recipe = RecipeOf(compute), folder = FolderOf(results, recipe);
        return Loaded(compute, fits: true, progress, (cohorts, models, baselines) =>
        {
            var (items, kept, before) = (new List<PartItem>(), new KeptMaps(folder), 0);
            foreach (var cohort in cohorts)
            {
                int first = before;
                var mine = Enumerable.Range(0, cohort.CaseIds.Count).Where(i => part.Has(first + i));
                var made = CohortEvaluation.Keep(
                    cohort, mine, models, baselines, Options, compute, kept, Told($"Screening {cohort.Name}", progress), cancellation);
                items.AddRange(made.Select(m => new PartItem(m.Name, Path.GetRelativePath(Path.GetFullPath(results), m.File))));
                before += cohort.CaseIds.Count;
            }

            PartState.Write(results, part, PartVerb, cohorts.Select(c => new { c.Name, c.CaseIds }), recipe, items, this);
            return items.Count;
        }, cancellation);
    }

    /// <summary>Puts the parts of an evaluation together: counts the maps that they made, as one evaluation of all would have.</summary>
    /// <param name="results">The file of the results.</param>
    /// <param name="compute">Threads.</param>
    /// <param name="progress">Told within each stage.</param>
    /// <param name="cancellation">Stops between maps.</param>
    /// <returns>The results, equal but for what they cost.</returns>
    /// <exception cref="MissingInputException">A part or a map is missing; the message names it.</exception>
    /// <exception cref="ScreenerException">Parts do not belong together, or something is wrong with files.</exception>
    public static IReadOnlyList<CohortEvaluationResult> Merge(
        string results, ComputeOptions compute, IProgress<ProtocolProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(compute);
        var first = PartState.ReadComplete(results, "maps", null, cancellation)[0];
        var protocol = first.ContentAs<EvaluationProtocol>(results);
        protocol = protocol with
        {
            Options = protocol.Options with { Evaluation = protocol.Options.Evaluation with { Threads = compute.ThreadCount } },
        };
        var kept = new KeptMaps(FolderOf(results, first.Recipe));
        return protocol.Loaded(
            compute, fits: false, progress,
            (cohorts, models, baselines) =>
                protocol.EvaluateAll(cohorts, models, baselines, compute, kept, null, progress, cancellation), cancellation);
    }

    private static string FolderOf(string results, string recipe) => Path.Combine(PartState.FolderOf(results), "maps-" + recipe[..16]);

    // The number of threads may change the last bits of maps; that of the machine that runs the part is not the protocol's.
    private string RecipeOf(ComputeOptions compute) => ContentKey.Of(new
    {
        arithmetic = ContentKey.Arithmetic,
        protocol = this with { Options = Options with { Evaluation = Options.Evaluation with { Threads = 0 } } },
        models = Models.Select(ContentKey.OfFile),
        baselines = Baselines.Select(ContentKey.OfFile),
        training = TrainingData is null ? null : KeysOf(AnnotatedCohort.Open(TrainingData)),
        precision = compute.Precision,
    });

    private static IEnumerable<string> KeysOf(IAnnotatedCohort cohort) =>
        [.. Enumerable.Range(0, cohort.CaseIds.Count).Select(cohort.KeyOf)];

    // What was fitted for the maps that are counted is not needed again.
    private sealed class Unfitted(string name) : AnomalyMethod
    {
        public override string Name => name;

        public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress, CancellationToken cancellation) =>
            throw new InvalidOperationException($"{name} was not fitted.");
    }
}
