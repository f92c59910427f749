using Screener.Errors;
using Screener.SyntheticLesions;
using Screener.Training;

namespace Screener.Distillation;

/// <summary>How one network learns a model's calibrated map (second version of the paper, section 3.4).</summary>
/// <remarks>
/// The paper's network learns -log q, by the mean of squares. Such scores have heavy tails, so that this one learns the map of tails,
/// which ends a little above 5, in the unit of a lesion network's log-odds: it has the shape of those networks, and begins as one of them.
/// </remarks>
public sealed record DistillationOptions
{
    /// <summary>Crops a step.</summary>
    public int CropsPerStep { get; init; } = 8;

    /// <summary>Each axis of a crop is stretched by up to this factor, either way.</summary>
    public double MaxStretch { get; init; } = 1.1;

    /// <summary>
    /// Copies of each CT with lesions drawn in, taught beside the CT itself: few CTs show what a lesion looks like to the model.
    /// </summary>
    public int DrawnCopies { get; init; } = 1;

    /// <summary>Rarer than this is learnt as this: -log10.</summary>
    public double MostTail { get; init; } = 6;

    /// <summary>
    /// How much more an error counts where the map is at <see cref="MostTail"/> than where it is 0: lesions are few of the voxels.
    /// </summary>
    public double RareWeight { get; init; } = 10;

    /// <summary>How much of a window the next one covers again when the network screens: 0.5 would take three times the passes.</summary>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Voxels drawn from each CT for the table of tails.</summary>
    public int VoxelsPerCt { get; init; } = 100_000;

    /// <summary>Steps, rate, decay.</summary>
    public OptimisationOptions Optimisation { get; init; } = new()
    {
        Steps = 3000,
        LearningRate = new() { Peak = 5e-4, WarmUpFraction = 0.1 },
        Epsilon = 1e-8,
    };

    /// <summary>Draws crops and voxels.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Optimisation.Validate();
        OptionException.ThrowIfOutside(nameof(CropsPerStep), CropsPerStep, 1, 1024);
        OptionException.ThrowIfOutside(nameof(MaxStretch), MaxStretch, 1.0, 2.0);
        OptionException.ThrowIfOutside(nameof(DrawnCopies), DrawnCopies, 0, 100);
        OptionException.ThrowIfOutside(nameof(MostTail), MostTail, 0.1, 100);
        OptionException.ThrowIfOutside(nameof(RareWeight), RareWeight, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(Overlap), Overlap, 0.0, 0.9);
        OptionException.ThrowIfOutside(nameof(VoxelsPerCt), VoxelsPerCt, 1000, 100_000_000);
    }
}
