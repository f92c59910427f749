using Screener.Errors;
using Screener.Randomness;
using Screener.Storage;
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
            path, new LesionHeader(Format, Version, Stage, network.Options, LibraryVersions.All(), history),
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
        const string Remedy = "Name that file; a checkpoint becomes one when its training is complete.";
        string stage = archive.Header.TryGetProperty("stage", out var s) ? s.ToString() : "no stage";
        if (stage != Stage)
            throw new ModelFileException(path, $"a file of another kind ({stage})", Wanted, Remedy);
        var header = archive.ReadHeader<LesionHeader>(Format, Version, Wanted, Remedy);
        return Restore(archive, header.Options, "");
    }

    /// <summary>A network with the weights of an archive.</summary>
    internal static LesionNetwork Restore(TensorArchive archive, LesionNetworkOptions options, string prefix)
    {
        archive.RequireValid(options.Validate);
        archive.RequireNumbers(options.Network.LeastNumbers);
        return archive.Filled(new LesionNetwork(options, new RandomStream(0)), prefix);
    }

    private sealed record LesionHeader(
        string Format, int Version, string Stage, LesionNetworkOptions Options, IReadOnlyDictionary<string, string> Libraries,
        IReadOnlyList<TrainingRecord> History);
}
