using System.CommandLine;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Inference;
using Screener.Models;
using Screener.Phantoms;
using Screener.Reporting;
using Screener.Training;
using TorchSharp;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Measures how well an embedding network finds the same spot in another patient.</summary>
internal sealed class LandmarksVerb() : Verb(
    "landmarks",
    "Measure how well a network of anatomical positions finds organs' middles, tops and bottoms of one phantom patient in another.",
    "screener landmarks --embedding ape.network --data phantoms/lung-nodules",
    "screener landmarks --embedding ape.network --data phantoms/lung-nodules,phantoms/liver-tumours --json")
{
    private readonly Option<string?> _embedding = Parsing.Text("--embedding", "file", "What 'screener pretrain ape' wrote.");
    private readonly Option<string?> _data = Parsing.Text("--data", "folders", "Folders that 'screener phantom' made, with commas.");
    private readonly Option<int> _stride = Parsing.Whole(
        "--stride", "n", LandmarkSearchOptions.Default.Stride, "Voxels from one place that is looked at to the next.");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_embedding, _data, _stride];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_embedding.Name, line.GetValue(_embedding)).Read(_data.Name, line.GetValue(_data)?.Split(',') ?? []);

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string file = Given(line, _embedding, "what 'screener pretrain ape' wrote");
        string data = Given(line, _data, "folders that 'screener phantom' made");
        var compute = context.Networks();
        var device = compute.Apply();
        var options = new LandmarkSearchOptions { Stride = line.GetValue(_stride) };
        var trained = NetworkFile.ReadEmbedding(file);
        using var network = (AnatomicalEmbeddingModel)trained.Network;
        network.to(device);
        network.Precision = compute.Precision;
        var patients = new List<LandmarkPatient>();
        var cohorts = data.Split(',').Select(CohortManifest.Read).ToList();
        using (var activity = context.Activities.Begin("Preparing patients"))
        {
            foreach (var (cohort, entry) in cohorts.SelectMany(c => c.Cases.Select(e => (c, e))))
            {
                var patient = PhantomLandmarks.Read(cohort, entry, trained.Options.Preprocessing, compute.ThreadCount, cancellation);
                patients.Add(patient with { Name = $"{cohort.Options.Cohort.Name()}/{patient.Name}" });
                activity.Report(patients.Count / (double)cohorts.Sum(c => c.Cases.Count));
            }
        }

        using var search = context.Activities.Begin("Searching");
        var windows = SlidingWindowOptions.For(trained.Options.Crops.PatchShape);
        LandmarkSearchResult[] results =
        [
            LandmarkSearch.Run("ape", patients, LandmarkSearch.Of(network, device, windows), options, search, cancellation),
            LandmarkSearch.Run("relative position", patients, LandmarkSearch.RelativePosition, options, null, cancellation),
        ];
        return new VerbResult(
            new
            {
                ok = true,
                embedding = file,
                patients = patients.Count,
                searches = results[0].Findings.Count,
                chanceMm = results[0].ChanceMm,
                features = results.Select(r => new
                {
                    r.Name,
                    r.MeanMm,
                    r.MedianMm,
                    within20Mm = r.Within(20),
                    landmarks = r.Findings.GroupBy(f => f.Landmark).Select(
                        g => new { landmark = g.Key, searches = g.Count(), meanMm = g.Average(f => f.ErrorMm) }),
                }),
            },
            new NotePart(Invariant($"{patients.Count} patients, {results[0].Findings.Count} searches; error in mm")),
            new TablePart(
                ["", "mean", "median", "< 20 mm"],
                [
                    .. results.Select(r => (IReadOnlyList<string>)
                        [r.Name, Invariant($"{r.MeanMm:0.0}"), Invariant($"{r.MedianMm:0.0}"), Invariant($"{r.Within(20):0 %}")]),
                    ["chance", Invariant($"{results[0].ChanceMm:0.0}"), "", ""],
                ]));
    }
}
