using System.CommandLine;
using System.Globalization;
using System.Text;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Phantoms;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Compares models and baselines on phantom cohorts.</summary>
internal sealed class EvaluateVerb() : Verb(
    "evaluate",
    "Evaluate models on phantom cohorts beside two baselines: AUROC, AUROC and AUPRO at FPR <= 0.3, with intervals.",
    "screener evaluate --model model.screener --cohorts phantoms/lung-nodules,phantoms/liver-tumours --train-cohort phantoms/train --out results.json",
    "screener evaluate --model quick.screener,long.screener --cohorts phantoms/kidney-tumours --out results.json --pictures pictures")
{
    private readonly Option<string?> _models = new("--model", "-m") { Description = "What 'screener fit' wrote, with commas for several; the shipped one if not given.", HelpName = "files" };
    private readonly Option<string> _cohorts = new("--cohorts") { Description = "Folders of cohorts that 'screener phantom' made, with commas.", HelpName = "folders", Required = true };
    private readonly Option<string?> _training = new("--train-cohort") { Description = "The training cohort's folder, for the baselines; without it there are none.", HelpName = "folder" };
    private readonly Option<string?> _heads = new("--heads") { Description = "Which densities, with commas; all if not given.", HelpName = "names" };
    private readonly Option<string> _out = new("--out", "-o") { Description = "The results, JSON.", HelpName = "file", Required = true };
    private readonly Option<string?> _pictures = new("--pictures") { Description = "A folder for a picture of each case: lesions and the map of the last model's last density.", HelpName = "folder" };
    private readonly Option<int> _bootstrap = Parsing.Whole("--bootstrap", "n", EvaluationOptions.Paper.BootstrapReplicates, "Replicates for the 95 % intervals; 0 leaves them out.");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_models, _cohorts, _training, _heads, _out, _pictures, _bootstrap];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var compute = context.Settings.Networks();
        int threads = compute.ThreadCount;
        var options = CohortEvaluationOptions.Paper with
        {
            Seed = context.Settings.Seed,
            Heads = line.GetValue(_heads)?.Split(','),
            Evaluation = EvaluationOptions.Paper with { BootstrapReplicates = line.GetValue(_bootstrap), Threads = threads },
        };
        options.Validate();
        string file = line.GetRequiredValue(_out);
        string? pictures = line.GetValue(_pictures);
        var cohorts = line.GetRequiredValue(_cohorts).Split(',').Select(CohortManifest.Read).ToList();
        var training = line.GetValue(_training) is { } folder ? CohortManifest.Read(folder) : null;
        string[] files = line.GetValue(_models)?.Split(',') ?? [DefaultModel.Resolve(null)];
        var models = new List<NamedModel>();
        try
        {
            foreach (string model in files)
                models.Add(new NamedModel(Path.GetFileNameWithoutExtension(model), ScreenerModel.Load(model, compute)));
            IReadOnlyList<NamedBaseline> baselines = [];
            if (training is not null)
            {
                using var activity = context.Activities.Begin("Fitting the baselines");
                baselines = CohortEvaluation.FitBaselines(training, threads, activity, cancellation);
                activity.Report(1);
            }

            var results = cohorts.Select(cohort =>
            {
                using var activity = context.Activities.Begin($"Evaluating {cohort.Options.Cohort.Name()}");
                return CohortEvaluation.Evaluate(
                    cohort, models, baselines, options, compute,
                    pictures is null ? null : new PictureWriter(pictures, cohort, models, options).Write,
                    new Relay<CohortEvaluationProgress>(p => activity.Report((p.Done + (p.Done < p.Cases ? p.CaseFraction : 0)) / p.Cases, Invariant($"{p.Done} of {p.Cases}"))),
                    cancellation);
            }).ToList();
            CohortEvaluationFile.Write(file, results);
            return new VerbResult(
                new
                {
                    ok = true,
                    file,
                    cohorts = results.Select(r => new
                    {
                        r.Cohort,
                        methods = r.Methods.Select(m => new { m.Name, baseline = m.IsBaseline, body = Json(m.Body), organ = m.Organ is null ? null : Json(m.Organ) }),
                        r.Cost,
                    }),
                },
                Table(results) + Environment.NewLine + $"wrote {file}");
        }
        finally
        {
            foreach (var model in models)
                model.Model.Dispose();
        }
    }

    private static object Json(EvaluationResult result) => new { result.Auroc, result.AurocAtLimit, result.AuproAtLimit };

    /// <summary>The results as text: per cohort and scope a line per method.</summary>
    internal static string Table(IReadOnlyList<CohortEvaluationResult> results)
    {
        int width = results.SelectMany(r => r.Methods).Max(m => m.Name.Length) + 2;
        var text = new StringBuilder();
        foreach (var result in results)
        {
            foreach (var scope in Enum.GetValues<EvaluationScope>())
            {
                var rows = result.Methods.Select(m => (m.Name, Result: scope == EvaluationScope.Body ? m.Body : m.Organ)).Where(r => r.Result is not null).ToList();
                if (rows.Count == 0)
                    continue;
                string title = scope == EvaluationScope.Body ? "over the body" : "within the organ";
                text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{result.Cohort}, {title}: {rows[0].Result!.Cases} cases, {rows[0].Result!.Regions} lesions");
                text.AppendLine(CultureInfo.InvariantCulture, $"  {"".PadRight(width)}{"AUROC",-24}{"AUROC, FPR <= 0.3",-24}AUPRO, FPR <= 0.3");
                foreach (var (name, r) in rows)
                    text.AppendLine(CultureInfo.InvariantCulture, $"  {name.PadRight(width)}{Show(r!.Auroc),-24}{Show(r.AurocAtLimit),-24}{Show(r.AuproAtLimit)}");
            }
        }

        return text.ToString().Trim('\r', '\n');
    }

    private static string Show(Metric metric) => metric switch
    {
        { Value: null } => $"- ({metric.Undefined})",
        { Interval: { } i } => Invariant($"{metric.Value:0.000} [{i.Lower:0.000}, {i.Upper:0.000}]"),
        _ => Invariant($"{metric.Value:0.000}"),
    };

    /// <summary>Draws each case once, with the map that reports show.</summary>
    private sealed class PictureWriter(string folder, CohortManifest cohort, IReadOnlyList<NamedModel> models, CohortEvaluationOptions options)
    {
        internal void Write(EvaluatedMap seen)
        {
            string head = models[^1].Model.Heads[options.Heads is { } chosen ? models[^1].Model.HeadIndex(chosen[^1]) : models[^1].Model.Heads.Count - 1].Name;
            if (seen.Method == (models.Count > 1 ? $"{models[^1].Name}: {head}" : head))
                PngImage.Save(MapPicture.Draw(seen.Ct, seen.Map, seen.Body, seen.Lesions, Window), PictureFile.Of(folder, cohort.Options.Cohort.Name(), seen.Case.Id));
        }

        private WindowPreset Window => cohort.Options.Cohort switch
        {
            PhantomCohort.KidneyTumours => WindowPreset.SoftTissue,
            PhantomCohort.LiverTumours => WindowPreset.Liver,
            _ => WindowPreset.Lung,
        };
    }
}

/// <summary>Where the picture of an evaluated case is.</summary>
internal static class PictureFile
{
    internal static string Of(string folder, string cohort, string caseId) => Path.Combine(folder, cohort, caseId + ".png");
}
