using Screener.Errors;
using Screener.Inference;
using Screener.Interactive.Progress;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Training;

namespace Screener.Interactive.Lessons;

/// <content>Trained networks and fitted models.</content>
public sealed partial class LessonWorkspace
{
    /// <summary>A trained descriptor model; the caller owns its network.</summary>
    /// <param name="options">How it is trained; null means the profile's.</param>
    /// <param name="progress">Told of the steps, where it is trained now; null is what the workspace shows.</param>
    /// <param name="cancellation">Stops after the step under way; the next call goes on from there.</param>
    public TrainedNetwork Descriptor(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        NetworkFile.ReadDescriptor(DescriptorFile(options, progress, cancellation));

    /// <summary>A trained condition model; the caller owns its network.</summary>
    /// <inheritdoc cref="Descriptor"/>
    public TrainedNetwork Condition(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        NetworkFile.ReadCondition(ConditionFile(options, progress, cancellation));

    /// <summary>A trained network of anatomical positions; the caller owns it.</summary>
    /// <inheritdoc cref="Descriptor"/>
    public TrainedNetwork Embedding(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        NetworkFile.ReadEmbedding(EmbeddingFile(options, progress, cancellation));

    /// <summary>The file of <see cref="Descriptor"/>, as a grid of ablations takes it.</summary>
    /// <inheritdoc cref="Descriptor"/>
    public string DescriptorFile(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trained(options ?? Settings.Descriptor, progress, cancellation);

    /// <summary>The file of <see cref="Condition"/>, as a grid of ablations takes it.</summary>
    /// <inheritdoc cref="Descriptor"/>
    public string ConditionFile(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trained(options ?? Settings.Condition, progress, cancellation);

    /// <summary>The file of <see cref="Embedding"/>, as a grid of ablations takes it.</summary>
    /// <inheritdoc cref="Descriptor"/>
    public string EmbeddingFile(
        PretrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trained(options ?? Settings.Embedding, progress, cancellation);

    /// <summary>Descriptor, condition and densities together; what is missing is trained. The caller owns the model.</summary>
    /// <param name="heads">The densities; null means the profile's.</param>
    /// <param name="progress">Told of the steps, where networks are trained now; null is what the workspace shows.</param>
    /// <param name="cancellation">Stops after the step under way; the next call goes on from there.</param>
    public ScreenerModel Model(
        IReadOnlyList<DensityHead>? heads = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        cancellation = OrStop(cancellation);
        var options = OptionsOf(heads);
        string descriptorFile = DescriptorFile(null, progress, cancellation);
        var conditionFiles = options.Heads.Select(h => h.Condition.NetworkStage).OfType<string>().Distinct().ToDictionary(
            stage => stage,
            stage => stage == ConditionModel.StageName
                ? ConditionFile(null, progress, cancellation)
                : EmbeddingFile(null, progress, cancellation));
        string file = ModelFile(options);
        Learn(file, options, [descriptorFile, .. conditionFiles.Values], progress, cancellation, (volumes, run) =>
        {
            _say($"fitting {string.Join(", ", options.Heads.Select(h => h.Name))}: {options.Optimisation.Steps} steps");
            var trained = NetworkFile.ReadDescriptor(descriptorFile);
            using var descriptor = trained.Network;
            using var networks = ConditionNetworks.Of(options.Heads, stage => NetworkFile.Read(conditionFiles[stage], stage));
            var densities = DensityFitting.Fit(options, descriptor, networks, volumes, run, cancellation);
            using var model = new ScreenerModel(trained.Options, descriptor, networks, options, densities);
            model.Save(file);
        });
        return ScreenerModel.Load(file, Compute);
    }

    /// <summary>How <see cref="Model"/> fitted its densities: minus log-likelihood of each head, by its name.</summary>
    /// <param name="heads">The densities; null means the profile's.</param>
    /// <exception cref="MissingInputException">They were not fitted yet.</exception>
    public IReadOnlyList<TrainingRecord> FittingHistory(IReadOnlyList<DensityHead>? heads = null) =>
        NetworkFile.ReadHistory(ModelFile(OptionsOf(heads)) + Checkpoint).History;

    /// <summary>The model of <see cref="LessonSettings.Model"/>; the caller owns it.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    public ScreenerModel ShippedModel() => ScreenerModel.Load(Path.GetFullPath(Settings.Model), Compute);

    // The file of a network.
    private string Trained(PretrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        cancellation = OrStop(cancellation);
        string stage = options.Stage;
        string file = this[$"{stage}-{Hash(options)}.network"];
        Learn(file, options, [], progress, cancellation, (volumes, run) =>
        {
            _say($"training the {stage} model: {options.Objective}, {options.Optimisation.Steps} steps on {volumes.Count} volumes");
            using var network = Pretraining.Train(options, volumes, run, cancellation);
            NetworkFile.Write(file, options, network, run.History.Records);
        });
        return file;
    }

    // What is learnt from the training volumes. Its checkpoint stays beside it: it tells how that went.
    private void Learn(
        string file, object options, IReadOnlyList<string> networks, IProgress<TrainingProgress>? progress, CancellationToken cancellation,
        Action<PreparedVolumes, TrainingRun> learn)
    {
        var cohort = TrainingCohort(cancellation);
        string checkpoint = file + Checkpoint;
        Make(
            Path.GetFileName(file), new { options, Compute.Precision, volumes = cohort.ContentKey() }, networks, [file, checkpoint],
            cancellation, () => learn(new PreparedVolumes(cohort), new TrainingRun
            {
                Compute = Compute, CheckpointPath = checkpoint, CheckpointEvery = 100, RecordEvery = 5,
                Progress = progress ?? (_show is null ? null : new NotebookProgress(_show)),
            }));
    }

    private DensityFittingOptions OptionsOf(IReadOnlyList<DensityHead>? heads) => heads is null
        ? Settings.Densities
        : Settings.Densities with { Heads = heads };

    private string ModelFile(DensityFittingOptions options) =>
        this[$"model-{Hash(Settings.Descriptor, Settings.Condition, Settings.Embedding, options)}.screener"];
}
