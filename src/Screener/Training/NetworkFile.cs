using System.Text.Json;
using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Training;

/// <summary>A network that pretraining made.</summary>
/// <param name="Options">How it was trained.</param>
/// <param name="Network">The network, on the CPU, in evaluation mode; the caller owns it.</param>
/// <param name="History">The records of its training.</param>
public sealed record TrainedNetwork(PretrainingOptions Options, DenseNetwork Network, IReadOnlyList<TrainingRecord> History);

/// <summary>The file of one pretrained network: descriptor, condition or embedding, its options and the course of its training.</summary>
public static class NetworkFile
{
    private const string Format = "screener-network";
    private const int Version = 1;

    /// <summary>Writes a network; equal networks give equal bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How the network was trained; they say which of the three it is.</param>
    /// <param name="network">The network.</param>
    /// <param name="history">The records of its training.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, PretrainingOptions options, DenseNetwork network, IReadOnlyList<TrainingRecord> history)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(network);
        if (options.Stage != network.Stage)
            throw new OptionException(
                nameof(network), Named(network.Stage), Named(options.Stage),
                "Write the network with the options that it was trained with.");
        TensorArchive.Write(
            path, new NetworkHeader(Format, Version, network.Stage, options, LibraryVersions.All(), history),
            network.state_dict().Select(p => (p.Key, p.Value)));
    }

    /// <summary>Reads a descriptor model.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static TrainedNetwork ReadDescriptor(string path) => Read(path, DescriptorModel.StageName);

    /// <summary>Reads a condition model.</summary>
    /// <inheritdoc cref="ReadDescriptor"/>
    public static TrainedNetwork ReadCondition(string path) => Read(path, ConditionModel.StageName);

    /// <summary>Reads an embedding network.</summary>
    /// <inheritdoc cref="ReadDescriptor"/>
    public static TrainedNetwork ReadEmbedding(string path) => Read(path, AnatomicalEmbeddingModel.StageName);

    /// <summary>Reads the course of a training from a network's file or from any checkpoint.</summary>
    /// <returns>"descriptor", "condition", "ape" or "density", and the records.</returns>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds no such thing.</exception>
    public static (string Stage, IReadOnlyList<TrainingRecord> History) ReadHistory(string path)
    {
        using var archive = TensorArchive.Read(path);
        if (!archive.Header.TryGetProperty("history", out var history) || !archive.Header.TryGetProperty("stage", out var stage))
            throw new ModelFileException(
                path, "a file without the course of a training", "a network that 'screener pretrain' wrote, or a checkpoint",
                "Name one of these files.");
        try
        {
            return (stage.GetString() ?? "", history.Deserialize<List<TrainingRecord>>(StoredJson.Settings) ?? []);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(path, $"a damaged history ({e.Message})", "the records of a training", "Train again.", e);
        }
    }

    /// <summary>Reads the network of a stage.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stage">As <see cref="DenseNetwork.Stage"/> names it.</param>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static TrainedNetwork Read(string path, string stage)
    {
        using var archive = TensorArchive.Read(path);
        string wanted = $"{Named(stage)} that 'screener pretrain {stage}' wrote";
        var header = archive.ReadHeader<NetworkHeader>(
            Format, Version, wanted, "Name that file; a checkpoint becomes one when its training is complete.");
        if (header.Options.Stage != stage)
            throw new ModelFileException(path, Named(header.Options.Stage), wanted, "Exchange the files if they were swapped.");
        archive.RequireValid(header.Options.Validate);
        archive.RequireNumbers(header.Options.Network.LeastNumbers);
        return Restore(archive, header.Options, "", header.History);
    }

    /// <summary>A network out of an archive.</summary>
    internal static TrainedNetwork Restore(
        TensorArchive archive, PretrainingOptions options, string prefix, IReadOnlyList<TrainingRecord> history)
    {
        // The weights are overwritten by the file's.
        return new TrainedNetwork(options, archive.Filled(options.CreateNetwork(new RandomStream(0)), prefix), history);
    }

    internal static string Named(string stage) => stage == "ape" ? "an embedding network (ape)" : $"a {stage} model";

    private sealed record NetworkHeader(
        string Format, int Version, string Stage, PretrainingOptions Options, IReadOnlyDictionary<string, string> Libraries,
        IReadOnlyList<TrainingRecord> History);
}
