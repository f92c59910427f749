using Screener.Errors;
using Screener.Evaluation;
using Screener.Storage;

namespace Screener.FineTuning;

/// <summary>Dice of networks with the same start and as many labelled cases, each case tested by the network of its fold.</summary>
/// <param name="Start">Where weights came from.</param>
/// <param name="Labelled">Labelled cases of each network.</param>
/// <param name="Dice">Of each case, in the order of <see cref="FineTuningResult.Cases"/>.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Lead">Over the last start with as many labelled cases; null for that one.</param>
/// <param name="Cost">What training and testing took, all folds together.</param>
public sealed record FineTunedDice(
    string Start, int Labelled, IReadOnlyList<double> Dice, CaseMean Mean, CaseDifference? Lead, FineTuningCost Cost);

/// <summary>Dice of the map that was made without labels, at the threshold that was the best on a few labelled cases.</summary>
/// <param name="Method">The map.</param>
/// <param name="Thresholds">Of each fold.</param>
/// <param name="Dice">Of each case, in the order of <see cref="FineTuningResult.Cases"/>.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Cost">What the maps took.</param>
public sealed record UnsupervisedDice(
    string Method, IReadOnlyList<double> Thresholds, IReadOnlyList<double> Dice, CaseMean Mean, FineTuningCost Cost);

/// <summary>What something took.</summary>
/// <param name="Seconds">Time on the clock.</param>
/// <param name="PeakMemoryBytes">The most memory.</param>
public sealed record FineTuningCost(double Seconds, long PeakMemoryBytes);

/// <summary>What fine-tuning brings on a cohort: Dice by number of labelled cases and by start.</summary>
public sealed record FineTuningResult
{
    /// <summary>The version that this library writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>What the paper remarks of Dice without labels (appendix A).</summary>
    public const string Remark =
        "Dice of a map without labels is too low: what it rightly finds and nobody has labelled counts as an error.";

    /// <summary>Version of this file's layout.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The cohort's name.</summary>
    public required string Cohort { get; init; }

    /// <summary>The options.</summary>
    public required FineTuningOptions Options { get; init; }

    /// <summary>The cases with lesions, in order.</summary>
    public required IReadOnlyList<string> Cases { get; init; }

    /// <summary>Cases without a lesion, which are left out: they have no Dice.</summary>
    public required int WithoutLesion { get; init; }

    /// <summary>Patients among the cases.</summary>
    public required int Patients { get; init; }

    /// <summary>By start, then by number of labelled cases.</summary>
    public required IReadOnlyList<FineTunedDice> FineTuned { get; init; }

    /// <summary>The map without labels; null where the model has none in a unit that thresholds can be taken in.</summary>
    public required UnsupervisedDice? Unsupervised { get; init; }

    /// <summary>Device, precision and threads.</summary>
    public required string Compute { get; init; }

    /// <summary>Reads a result.</summary>
    /// <exception cref="ScreenerException">The file is missing, damaged or of another version.</exception>
    public static FineTuningResult Read(string path) => StoredJson.Read<FineTuningResult>(
        path, "what 'screener finetune' wrote", "Run it first.", "Run it again: what is done is kept.", CurrentSchema);

    /// <summary>Writes it.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, StoredJson.Write(this).GetRawText() + "\n");
}
