using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Screener.Errors;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli;

/// <summary>What trained networks do not hold, since equal trainings write equal files: on what, for how long, by which program.</summary>
/// <param name="Stage">What was trained.</param>
/// <param name="Data">The last part of each folder that it learnt from, and how many volumes that has.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Hours">On the clock, over all runs, without what lay between them.</param>
/// <param name="Runs">Once, and once more after each stop.</param>
/// <param name="Device">cpu or cuda:n.</param>
/// <param name="Precision">float32 or bfloat16.</param>
/// <param name="Threads">Processor threads of the last run.</param>
/// <param name="Processor">Kind and vector instructions of the last run's.</param>
/// <param name="MadeWith">Versions of program and libraries, of the last run.</param>
internal sealed record TrainingCard(
    string Stage, IReadOnlyDictionary<string, int> Data, long Step, long Steps, double Hours, int Runs, string Device, string Precision,
    int Threads, string Processor, IReadOnlyDictionary<string, string> MadeWith)
{
    private const string Ending = ".card.json";

    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(10);

    /// <summary>What was trained and how long it took, in a line.</summary>
    internal string Summary => Invariant($"{Step} of {Steps} steps in {Hours:0.00} hours, {Runs} runs, {Threads} threads, {Precision}, ")
        + Invariant($"{Processor}; on {string.Join(", ", Data.Select(d => Invariant($"{d.Key} ({d.Value})")))}");

    /// <summary>The file of the cards of a network or a model.</summary>
    internal static string FileOf(string trained) => trained + Ending;

    /// <summary>The cards of a network or a model and its parts; empty where there are none.</summary>
    /// <exception cref="ManifestException">The file is damaged.</exception>
    internal static IReadOnlyList<TrainingCard> Read(string trained)
    {
        string file = FileOf(trained);
        if (!File.Exists(file))
            return [];
        try
        {
            string text = InputFile.Reading(file, "a file that can be read", "Check its permissions.", () => InputFile.ReadAllText(file));
            return JsonSerializer.Deserialize<TrainingCard[]>(text, StoredJson.Settings) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new ManifestException(
                file, e.Message.TrimEnd('.'), "cards of trainings", "Delete it: no network needs it, only what 'screener info' says.", e);
        }
    }

    /// <summary>Writes the cards of what a model was made of.</summary>
    internal static void Gather(string trained, IEnumerable<string> parts) => Write(trained, [.. parts.SelectMany(Read)]);

    /// <summary>Follows a run: the file has what was done so far, so that a killed run's hours count, too.</summary>
    /// <param name="trained">The file that will be written.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="parts">Files whose networks become part of it.</param>
    /// <param name="isGoneOn">Whether there is a checkpoint.</param>
    /// <param name="compute">Device, threads, precision.</param>
    /// <returns>To be told of each step's stage, its number and how many there are.</returns>
    internal static Action<string, long, long> Follow(
        string trained, IReadOnlyDictionary<string, int> data, IEnumerable<string> parts, bool isGoneOn, ComputeOptions compute)
    {
        TrainingCard[] before = [.. parts.SelectMany(Read)];
        var earlier = isGoneOn ? Read(trained).LastOrDefault() : null;
        var clock = Stopwatch.StartNew();
        var written = TimeSpan.Zero;
        return (stage, step, steps) =>
        {
            if (step < steps && clock.Elapsed - written < BetweenWrites)
                return;
            written = clock.Elapsed;
            var card = new TrainingCard(
                stage, data, step, steps, Math.Round((earlier?.Hours ?? 0) + clock.Elapsed.TotalHours, 4), (earlier?.Runs ?? 0) + 1,
                compute.Device, $"{compute.Precision}".ToLowerInvariant(), compute.ThreadCount, ProcessorName, Versions());
            Write(trained, [.. before, card]);
        };
    }

    /// <summary>Volumes by the last part of their path.</summary>
    internal static IReadOnlyDictionary<string, int> Counted(IEnumerable<(string Path, int Volumes)> data) =>
        new SortedDictionary<string, int>(
            data.GroupBy(d => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(d.Path))))
                .ToDictionary(g => g.Key, g => g.Sum(d => d.Volumes)), StringComparer.Ordinal);

    private static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["screener"] = ProgramVersions.Screener,
        ["torchSharp"] = ProgramVersions.TorchSharp,
        ["libtorch"] = ProgramVersions.LibTorch,
        ["runtime"] = $"{Environment.Version}",
    };

    private static string ProcessorName =>
        $"{RuntimeInformation.ProcessArchitecture}"
        + (Avx512F.IsSupported ? " with AVX-512" : Avx2.IsSupported ? " with AVX2" : "");

    private static void Write(string trained, IReadOnlyList<TrainingCard> cards)
    {
        if (cards.Count > 0)
            AtomicFile.WriteText(FileOf(trained), StoredJson.Write(cards).GetRawText() + "\n");
        else
            File.Delete(FileOf(trained));
    }
}
