using Screener.Errors;
using Screener.Randomness;
using Screener.Training;

namespace Screener.SyntheticLesions;

/// <summary>The file of a trained lesion network.</summary>
public static class LesionNetworkFile
{
    private const string Format = "screener-network";
    private const string Stage = "lesions";
    private const int Version = 1;
    private const string Wanted = "a lesion network that 'screener pretrain lesions' wrote";

    /// <summary>Writes a network; equal networks give equal bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="history">The records of its training.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, LesionNetwork network, IReadOnlyList<TrainingRecord> history)
    {
        ArgumentNullException.ThrowIfNull(network);
        TensorArchive.Write(
            path, new LesionHeader(Format, Version, Stage, network.Options, CheckpointHeader.LibraryVersions(), history),
            network.state_dict().Select(p => (p.Key, p.Value)));
    }

    /// <summary>Reads a network.</summary>
    /// <param name="path">The file.</param>
    /// <returns>On the CPU, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or holds something else.</exception>
    public static LesionNetwork Read(string path)
    {
        using var archive = TensorArchive.Read(path);
        string format = archive.Header.TryGetProperty("format", out var f) ? f.ToString() : "no format";
        string stage = archive.Header.TryGetProperty("stage", out var s) ? s.ToString() : "no stage";
        if (format != Format || stage != Stage)
            throw new ModelFileException(path, $"{format}, {stage}", Wanted, "Name that file; a checkpoint becomes one when its training is complete.");
        var header = archive.ReadHeader<LesionHeader>();
        if (header.Version != Version)
            throw new ModelFileException(path, $"version {header.Version}", $"version {Version}", "Train again with this version, or use the version that wrote it.");
        return Restore(archive, path, header.Options, "");
    }

    /// <summary>A network with the weights of an archive.</summary>
    internal static LesionNetwork Restore(TensorArchive archive, string path, LesionNetworkOptions options, string prefix)
    {
        try
        {
            options.Validate();
        }
        catch (OptionException e)
        {
            throw new ModelFileException(path, e.Message, "valid options", "Restore the file from a copy, or train again.", e);
        }

        archive.RequireNumbers(options.Network.LeastNumbers);
        var network = new LesionNetwork(options, new RandomStream(0));
        try
        {
            archive.CopyTo(network, prefix);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private sealed record LesionHeader(
        string Format, int Version, string Stage, LesionNetworkOptions Options, IReadOnlyDictionary<string, string> Libraries,
        IReadOnlyList<TrainingRecord> History);
}
