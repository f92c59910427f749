using System.Text.Json;
using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Storage;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>A network that pretraining made.</summary>
/// <typeparam name="TNetwork"><see cref="DescriptorModel"/>, <see cref="ConditionModel"/> or <see cref="AnatomicalEmbeddingModel"/>.</typeparam>
/// <param name="Options">How it was trained.</param>
/// <param name="Network">The network, on the CPU, in evaluation mode; the caller owns it.</param>
/// <param name="History">The records of its training.</param>
public sealed record TrainedNetwork<TNetwork>(PretrainingOptions Options, TNetwork Network, IReadOnlyList<TrainingRecord> History)
    where TNetwork : nn.Module;

/// <summary>The file of one pretrained network: descriptor, condition or embedding, its options and the course of its training.</summary>
public static class NetworkFile
{
    private const string Format = "screener-network";
    private const int Version = 1;

    /// <summary>Writes a network; equal networks give equal bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How the network was trained; they say which of the three it is.</param>
    /// <param name="network">A <see cref="DescriptorModel"/>, <see cref="ConditionModel"/> or <see cref="AnatomicalEmbeddingModel"/>.</param>
    /// <param name="history">The records of its training.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, PretrainingOptions options, nn.Module network, IReadOnlyList<TrainingRecord> history)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(network);
        string stage = network switch
        {
            DescriptorModel => "descriptor",
            ConditionModel => "condition",
            AnatomicalEmbeddingModel => "ape",
            _ => network.GetName(),
        };
        if (options.Stage != stage)
            throw new OptionException(nameof(network), Named(stage), Named(options.Stage), "Write the network with the options that it was trained with.");
        TensorArchive.Write(
            path, new NetworkHeader(Format, Version, stage, options, LibraryVersions.All(), history), network.state_dict().Select(p => (p.Key, p.Value)));
    }

    /// <summary>Reads a descriptor model.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static TrainedNetwork<DescriptorModel> ReadDescriptor(string path) => Read(path, "descriptor", o => new DescriptorModel(o.Network, new RandomStream(0)));

    /// <summary>Reads a condition model.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static TrainedNetwork<ConditionModel> ReadCondition(string path) => Read(path, "condition", o => new ConditionModel(o.Network, new RandomStream(0), o.MaskChannel));

    /// <summary>Reads an embedding network.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static TrainedNetwork<AnatomicalEmbeddingModel> ReadEmbedding(string path) =>
        Read(path, "ape", o => new AnatomicalEmbeddingModel(o.Network, new RandomStream(0), o.MaskChannel));

    /// <summary>Reads the course of a training from a network's file or from any checkpoint.</summary>
    /// <returns>"descriptor", "condition", "ape" or "density", and the records.</returns>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds no such thing.</exception>
    public static (string Stage, IReadOnlyList<TrainingRecord> History) ReadHistory(string path)
    {
        using var archive = TensorArchive.Read(path);
        if (!archive.Header.TryGetProperty("history", out var history) || !archive.Header.TryGetProperty("stage", out var stage))
            throw new ModelFileException(path, "a file without the course of a training", "a network that 'screener pretrain' wrote, or a checkpoint", "Name one of these files.");
        try
        {
            return (stage.GetString() ?? "", history.Deserialize<List<TrainingRecord>>(StoredJson.Settings) ?? []);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(path, $"a damaged history ({e.Message})", "the records of a training", "Train again.", e);
        }
    }

    private static TrainedNetwork<TNetwork> Read<TNetwork>(string path, string stage, Func<PretrainingOptions, TNetwork> create)
        where TNetwork : nn.Module
    {
        using var archive = TensorArchive.Read(path);
        string wanted = $"{Named(stage)} that 'screener pretrain {stage}' wrote";
        var header = archive.ReadHeader<NetworkHeader>(
            Format, Version, wanted, "Name that file; a checkpoint becomes one when its training is complete.");
        if (header.Options.Stage != stage)
            throw new ModelFileException(path, Named(header.Options.Stage), wanted, "Exchange the files if they were swapped.");
        archive.RequireValid(header.Options.Validate);
        archive.RequireNumbers(header.Options.Network.LeastNumbers);

        // The weights are overwritten by the file's.
        var network = create(header.Options);
        try
        {
            archive.CopyTo(network);
            network.eval();
            return new TrainedNetwork<TNetwork>(header.Options, network, header.History);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static string Named(string stage) => stage == "ape" ? "an embedding network (ape)" : $"a {stage} model";

    private sealed record NetworkHeader(
        string Format, int Version, string Stage, PretrainingOptions Options, IReadOnlyDictionary<string, string> Libraries, IReadOnlyList<TrainingRecord> History);
}
