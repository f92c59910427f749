using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>The checkpoint of one training: a run that was stopped or killed goes on with it, on a CPU to the same bits.</summary>
internal sealed class TrainingCheckpoint<TBatch>(
    ITrainingTask<TBatch> task, OptimisationOptions optimisation, TrainingRun run, AdamW optimizer)
{
    private long _saved = -1;

    /// <summary>Takes up what a checkpoint holds.</summary>
    /// <returns>The steps that were done; 0 where there is none.</returns>
    /// <exception cref="ModelFileException">It is damaged, or of other options, volumes, networks or precision.</exception>
    internal long Resume()
    {
        if (run.CheckpointPath is null || !File.Exists(run.CheckpointPath))
            return 0;
        using var archive = TensorArchive.Read(run.CheckpointPath);
        var header = CheckpointHeader.Of(archive);
        if (!JsonElement.DeepEquals(header.Inputs, task.Inputs))
        {
            throw new ModelFileException(
                run.CheckpointPath, "a checkpoint of other options, volumes or networks", "those of this run",
                "Use the same options, volumes and networks to go on with it, or delete it (or name another file) to start anew.");
        }

        if (header.Precision is { } precision && precision != run.Compute.Precision)
        {
            throw new ModelFileException(
                run.CheckpointPath, $"a checkpoint of a run in {precision}", $"one in {run.Compute.Precision}, as this run is",
                $"Go on in {precision} (--precision auto does), or delete it (or name another file) to start anew.");
        }

        // Another machine's: what is learnt is the same, its last bits are not.
        if (header.Compute != Computing() || (header.Processor ?? NativePrecision.Processor) != NativePrecision.Processor)
        {
            run.Logger.LogWarning(
                "{Stage}: goes on with {Here} on {Processor} where it had {There} on {Other}; the bits will not be those of a run on "
                + "one machine",
                task.Stage, Computing(), NativePrecision.Processor, header.Compute, header.Processor ?? "another processor");
        }

        foreach (var (name, module) in task.Parts)
            archive.CopyTo(module, name + ".");
        optimizer.Restore(header.Step, name => archive.Tensor("optimizer." + name));
        run.History.Restore(header.History);
        run.Logger.LogInformation(
            "{Stage}: resumed after step {Step} of {Steps} from {Path}", task.Stage, header.Step, optimisation.Steps,
            run.CheckpointPath);
        _saved = header.Step;
        return header.Step;
    }

    /// <summary>Finds out before the first step whether checkpoints have room: the old one stands until the new one is whole.</summary>
    internal void RequireRoom()
    {
        if (run.CheckpointPath is null)
            return;
        long bytes = sizeof(float) * Tensors().Sum(t => t.Value.numel());
        AtomicFile.RequireWritable(run.CheckpointPath, File.Exists(run.CheckpointPath) ? bytes : 2 * bytes);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    internal void Save(long step)
    {
        if (run.CheckpointPath is null || step == _saved || step == 0)
            return;
        var header = new CheckpointHeader(
            CheckpointHeader.CurrentFormat, CheckpointHeader.CurrentVersion, task.Stage, step, task.Inputs, Computing(),
            LibraryVersions.All(), run.History.Records)
        {
            Processor = NativePrecision.Processor,
        };
        TensorArchive.Write(run.CheckpointPath, header, Tensors());
        _saved = step;
    }

    private IEnumerable<(string Name, Tensor Value)> Tensors() =>
        task.Parts.SelectMany(part => part.Module.state_dict().Select(p => ($"{part.Name}.{p.Key}", p.Value)))
            .Concat(optimizer.State.Select(s => ("optimizer." + s.Name, s.Value)));

    private string Computing() => $"{run.Compute.Precision}, {run.Compute.ThreadCount} threads";
}

/// <summary>
/// The JSON header of a checkpoint. The random state is the seed (in the inputs) and the step: every random number is a function of both.
/// In the file the inputs are called options, as in the first version.
/// </summary>
internal sealed record CheckpointHeader(
    string Format, int Version, string Stage, long Step, [property: JsonPropertyName("options")] JsonElement Inputs, string Compute,
    IReadOnlyDictionary<string, string> Libraries, IReadOnlyList<TrainingRecord> History)
{
    internal const string CurrentFormat = "screener-checkpoint";
    internal const int CurrentVersion = 1;

    /// <summary>The instructions of the processor; null in files of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Processor { get; init; }

    /// <summary>The precision that <see cref="Compute"/> begins with.</summary>
    [JsonIgnore]
    internal ComputePrecision? Precision => Enum.TryParse((Compute ?? "").Split(',')[0], out ComputePrecision precision) ? precision : null;

    /// <summary>The header of a checkpoint.</summary>
    /// <exception cref="ModelFileException">The file is of another kind or version.</exception>
    internal static CheckpointHeader Of(TensorArchive archive) =>
        archive.ReadHeader<CheckpointHeader>(CurrentFormat, CurrentVersion, "a checkpoint of a training", "Name another checkpoint file.");
}
