using System.Text.Json;
using Screener.Errors;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli;

/// <summary>What trained networks do not hold, since equal trainings write equal files: on what, for how long, by which program.</summary>
/// <param name="Stage">What was trained.</param>
/// <param name="Data">What it learnt from, and how many volumes that has.</param>
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
    /// <summary>What was trained and how long it took, in a line.</summary>
    internal string Summary => Invariant($"{Step} of {Steps} steps in {Hours:0.00} hours, {Runs} runs, {Threads} threads, {Precision}, ")
        + Invariant($"{Processor}; on {string.Join(", ", Data.Select(d => Invariant($"{d.Key} ({d.Value})")))}");

    /// <summary>The file of the cards of a network or a model.</summary>
    internal static string FileOf(string trained) => trained + ".card.json";

    /// <summary>The cards of a network or a model and its parts, without a word where there are none.</summary>
    /// <param name="trained">The network or model.</param>
    /// <param name="note">Told if its file is damaged. It is words only: no work stops for it.</param>
    internal static IReadOnlyList<TrainingCard> Read(string trained, Action<string> note)
    {
        string file = FileOf(trained);
        try
        {
            return !File.Exists(file) ? []
                : JsonSerializer.Deserialize<TrainingCard[]>(InputFile.ReadAllText(file), StoredJson.Settings)
                    ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException || InputFile.IsFault(e))
        {
            note($"{file} is passed over: {e.Message.TrimEnd('.')}");
            return [];
        }
    }

    /// <summary>Writes cards beside a network or a model; removes what lies there if there are none.</summary>
    internal static void Write(string trained, IReadOnlyList<TrainingCard> cards, Action<string> note)
    {
        string file = FileOf(trained);
        try
        {
            if (cards.Count > 0)
                AtomicFile.WriteText(file, StoredJson.Write(cards).GetRawText() + "\n");
            else
                File.Delete(file);
        }
        catch (Exception e) when (e is OutputException || InputFile.IsFault(e))
        {
            note($"{file} is not written: {e.Message.TrimEnd('.')}");
        }
    }
}
