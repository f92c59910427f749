using System.Collections.Immutable;
using Screener.Errors;
using Screener.Training;

namespace Screener.FineTuning;

/// <summary>How a network is trained on a few labelled cases, and with what it is compared (second version of the paper).</summary>
/// <remarks>The paper: the distilled UNet with a new last layer, sigmoid, cross-entropy and Dice, 25 cases a fold, three folds.</remarks>
public sealed record FineTuningOptions
{
    /// <summary>Where weights come from; see <see cref="StartingWeights.Names"/>. Each is compared with the last.</summary>
    public ImmutableArray<string> Starts { get; init; } =
        [StartingWeights.Distilled, StartingWeights.Descriptor, StartingWeights.Random];

    /// <summary>Numbers of labelled cases, ascending; those of a smaller number are among those of a greater one.</summary>
    public ImmutableArray<int> Labelled { get; init; } = [5, 10, 25];

    /// <summary>Parts that the patients are divided into: each is tested on once, the labelled cases come from the others.</summary>
    public int Folds { get; init; } = 3;

    /// <summary>Cases of the other parts on which the threshold of the map without labels is tuned.</summary>
    public int ThresholdCases { get; init; } = 10;

    /// <summary>Crops a step.</summary>
    public int CropsPerStep { get; init; } = 4;

    /// <summary>Each axis of a crop is stretched by up to this factor, either way.</summary>
    public double MaxStretch { get; init; } = 1.2;

    /// <summary>The part of the crops that are looked for until a lesion is in them.</summary>
    public double LesionShare { get; init; } = 0.5;

    /// <summary>How much of a window the next one covers again when cases are tested.</summary>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Steps, rate, decay: the same for all.</summary>
    public OptimisationOptions Optimisation { get; init; } = new()
    {
        Steps = 400,
        LearningRate = new() { Peak = 1e-3, WarmUpFraction = 0.1 },
        Epsilon = 1e-8,
    };

    /// <summary>Replicates for the intervals.</summary>
    public int BootstrapReplicates { get; init; } = 1000;

    /// <summary>Coverage of the intervals.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Draws folds, labelled cases, fresh weights and crops.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Optimisation.Validate();
        if (Starts.IsDefaultOrEmpty || Starts.Distinct().Count() != Starts.Length || Starts.Any(s => !StartingWeights.Names.Contains(s)))
            throw new OptionException(
                nameof(Starts), Starts.IsDefaultOrEmpty ? "none" : string.Join(", ", Starts),
                $"different ones of {string.Join(", ", StartingWeights.Names)}");
        if (Labelled.IsDefaultOrEmpty || !Labelled.SequenceEqual(Labelled.Distinct().Order()) || Labelled[0] < 1)
            throw new OptionException(
                nameof(Labelled), Labelled.IsDefaultOrEmpty ? "none" : string.Join(", ", Labelled), "numbers from 1, ascending");
        OptionException.ThrowIfOutside(nameof(Folds), Folds, 2, 1000);
        OptionException.ThrowIfOutside(nameof(ThresholdCases), ThresholdCases, 1, 100_000);
        OptionException.ThrowIfOutside(nameof(CropsPerStep), CropsPerStep, 1, 1024);
        OptionException.ThrowIfOutside(nameof(MaxStretch), MaxStretch, 1.0, 2.0);
        OptionException.ThrowIfOutside(nameof(LesionShare), LesionShare, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(Overlap), Overlap, 0.0, 0.9);
        OptionException.ThrowIfOutside(nameof(BootstrapReplicates), BootstrapReplicates, 2, 1_000_000);
        OptionException.ThrowIfOutside(nameof(Confidence), Confidence, 0.01, 0.9999);
    }
}
