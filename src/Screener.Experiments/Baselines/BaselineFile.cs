using Screener.Errors;
using Screener.Randomness;
using Screener.Storage;
using Screener.Training;

namespace Screener.Baselines;

/// <summary>The file of a trained baseline.</summary>
public static class BaselineFile
{
    private const string Format = "screener-baseline";
    private const int Version = 1;
    private const string Wanted = "a baseline that 'screener pretrain' wrote";

    /// <summary>Writes a baseline; equal networks give equal bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="history">The records of its training.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, BaselineNetwork network, IReadOnlyList<TrainingRecord> history)
    {
        ArgumentNullException.ThrowIfNull(network);
        TensorArchive.Write(
            path, new BaselineHeader(Format, Version, network.Options.Name, network.Options, LibraryVersions.All(), history),
            network.state_dict().Select(p => (p.Key, p.Value)));
    }

    /// <summary>Reads a baseline.</summary>
    /// <param name="path">The file.</param>
    /// <returns>On the CPU, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static BaselineNetwork Read(string path)
    {
        using var archive = TensorArchive.Read(path);
        var header = archive.ReadHeader<BaselineHeader>(
            Format, Version, Wanted, "Name that file; a checkpoint becomes one when its training is complete.");
        archive.RequireValid(() => Kinds<BaselineOptions>.Validate(header.Options));
        return archive.Filled(header.Options.Create(new RandomStream(0)));
    }

    private sealed record BaselineHeader(
        string Format, int Version, string Stage, BaselineOptions Options, IReadOnlyDictionary<string, string> Libraries,
        IReadOnlyList<TrainingRecord> History);
}
