using System.Security.Cryptography;
using System.Text.Json;
using Screener.Baselines;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Evaluation;

/// <summary>How far a protocol has come.</summary>
/// <param name="Title">What is being done.</param>
/// <param name="Fraction">How much of it is done, 0 to 1.</param>
/// <param name="Detail">A remark; may be empty.</param>
public readonly record struct ProtocolProgress(string Title, double Fraction, string Detail);

/// <summary>
/// A whole evaluation by the names of its files: data, models, conditions and densities, metrics, seed. The command line and
/// notebooks run the same object, and results hold it, so that they can be made again.
/// </summary>
public sealed partial record EvaluationProtocol
{
    /// <summary>Folders of imported datasets or cohorts of phantoms, as <see cref="AnnotatedCohort.Open"/> takes them.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>What the data must be, a name or alias of <see cref="DatasetCatalogue"/>; null takes whatever it is.</summary>
    public string? Dataset { get; init; }

    /// <summary>Model files, with different names.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The data that the models were trained on, for the two baselines; null leaves them out.</summary>
    public string? TrainingData { get; init; }

    /// <summary>Files of trained baselines, with different names.</summary>
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>Conditions and densities (heads), metrics, windows, seed.</summary>
    public CohortEvaluationOptions Options { get; init; } = CohortEvaluationOptions.Paper;

    /// <summary>Reads a protocol.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ManifestException">It is damaged, or says something that is no protocol.</exception>
    public static EvaluationProtocol Read(string path) => StoredJson.Read<EvaluationProtocol>(
        path, "an evaluation protocol (JSON)", "Check the path; results of 'screener evaluate' hold theirs.",
        "See 'screener evaluate --print-protocol' for its members.");

    /// <summary>The protocol as text that <see cref="Read"/> takes.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StoredJson.Settings);

    /// <summary>Checks what can be checked without the files.</summary>
    /// <exception cref="OptionException">Something is missing or out of range.</exception>
    public void Validate()
    {
        Options.Validate();
        if (Data.Count == 0)
            throw new OptionException(nameof(Data), "none", "at least one folder");
        if (Models.Count == 0 && TrainingData is null && Baselines.Count == 0)
            throw new OptionException(nameof(Models), "none", "at least one, or baselines, or training data for them");
        if (Dataset is not null)
            _ = DatasetCatalogue.Find(Dataset);
    }

    /// <summary>Evaluates.</summary>
    /// <param name="compute">Device and threads.</param>
    /// <param name="seen">Handed every map once, with its cohort; it must not keep them if memory matters.</param>
    /// <param name="progress">Told within each stage.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <returns>One for each folder of <see cref="Data"/>, in that order.</returns>
    /// <exception cref="ScreenerException">Something is wrong with options or files.</exception>
    public IReadOnlyList<CohortEvaluationResult> Run(
        ComputeOptions compute, Action<IAnnotatedCohort, EvaluatedMap>? seen = null, IProgress<ProtocolProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(compute);
        return Loaded(
            compute, fits: true, progress,
            (cohorts, models, baselines) => EvaluateAll(cohorts, models, baselines, compute, null, seen, progress, cancellation),
            cancellation);
    }

    private IReadOnlyList<CohortEvaluationResult> EvaluateAll(
        IReadOnlyList<IAnnotatedCohort> cohorts, IReadOnlyList<NamedModel> models, IReadOnlyList<AnomalyMethod> baselines,
        ComputeOptions compute, KeptMaps? kept, Action<IAnnotatedCohort, EvaluatedMap>? seen, IProgress<ProtocolProgress>? progress,
        CancellationToken cancellation) =>
        [.. cohorts.Select(cohort => CohortEvaluation.Evaluate(
            cohort, models, baselines, Options, compute, kept, seen is null ? null : map => seen(cohort, map),
            Told($"Evaluating {cohort.Name}", progress), cancellation) with { Protocol = this })];

    private static Relay<CohortEvaluationProgress> Told(string title, IProgress<ProtocolProgress>? progress) => new(
        p => progress?.Report(new(
            title, (p.Done + (p.Done < p.Cases ? p.CaseFraction : 0)) / Math.Max(1, p.Cases),
            FormattableString.Invariant($"{p.Done} of {p.Cases}"))));

    private T Loaded<T>(
        ComputeOptions compute, bool fits, IProgress<ProtocolProgress>? progress,
        Func<IReadOnlyList<IAnnotatedCohort>, IReadOnlyList<NamedModel>, IReadOnlyList<AnomalyMethod>, T> work,
        CancellationToken cancellation)
    {
        Validate();
        var cohorts = Data.Select(d => AnnotatedCohort.Open(d, Dataset)).ToList();
        var training = TrainingData is null || !fits ? null : AnnotatedCohort.Open(TrainingData);
        var models = new List<NamedModel>();
        var networks = new List<BaselineNetwork>();
        try
        {
            foreach (string file in Models)
                models.Add(new NamedModel(Path.GetFileNameWithoutExtension(file), ScreenerModel.Load(file, compute), Sha256(file)));
            var baselines = new List<AnomalyMethod>();
            foreach (string file in Baselines)
            {
                networks.Add(BaselineFile.Read(file));
                baselines.Add(new BaselineMethod(networks[^1], Path.GetFileNameWithoutExtension(file), Options.Overlap));
            }

            if (training is not null)
                baselines.AddRange(CohortEvaluation.FitHuBaselines(
                    training, compute.ThreadCount,
                    new Relay<double>(f => progress?.Report(new ProtocolProgress("Fitting the baselines", f, ""))), cancellation));
            else if (TrainingData is not null)
                baselines.AddRange([new Unfitted(HuMethod.HuOnlyName), new Unfitted(HuMethod.HuAndPositionName)]);
            return work(cohorts, models, baselines);
        }
        finally
        {
            foreach (var model in models)
                model.Model.Dispose();
            foreach (var network in networks)
                network.Dispose();
        }
    }

    private static string Sha256(string file)
    {
        using var stream = InputFile.Open(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
