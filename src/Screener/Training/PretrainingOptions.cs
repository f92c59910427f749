using Screener.Augmentation;
using Screener.Errors;
using Screener.Losses;
using Screener.Models;
using Screener.Preprocessing;

namespace Screener.Training;

/// <summary>The self-supervised objective.</summary>
public enum PretrainingObjective
{
    /// <summary>Variance-invariance-covariance regularisation of dense features.</summary>
    DenseVicReg,

    /// <summary>Contrast of dense features (SimCLR's loss).</summary>
    DenseInfoNce,
}

/// <summary>
/// Dense self-supervised training of a descriptor or a condition model (paper, sections 3.1 and 3.2, app. F). The defaults are the
/// paper's descriptor: VICReg with 32 channels.
/// </summary>
[Runtime.TypeFormatterSource(typeof(Runtime.NotebookFormatterSource))]
public sealed record PretrainingOptions
{
    /// <summary>The paper's descriptor.</summary>
    public static PretrainingOptions Paper { get; } = new();

    /// <summary>The paper's condition model: the same with masking.</summary>
    public static PretrainingOptions PaperCondition { get; } = Paper with { Masked = true };

    /// <summary>A descriptor for a laptop's processor: 3 mm voxels, crops of 144 mm, a small network, minutes instead of days.</summary>
    public static PretrainingOptions Quick { get; } = new()
    {
        Preprocessing = PreprocessingOptions.Quick,
        Network = UNetOptions.Quick,
        Projector = ProjectorOptions.Quick,
        VolumesPerBatch = 4,
        Crops = CropPairOptions.Quick,
        Mask = BlockMaskOptions.Quick,

        // A 3 mm voxel averages five of the paper's, and its noise with them; the full jitter would hide the few HU between
        // a tumour and its organ.
        Jitter = new() { Strength = 0.35 },
        Optimisation = new()
        {
            Steps = 1200,
            LearningRate = new() { Peak = 2e-3, WarmUpFraction = 0.1 },

            // The paper's 1e-3 damps the steps of small gradients: no matter in 300,000 steps, but in a thousand.
            Epsilon = 1e-8,
        },
    };

    /// <summary>The condition model that belongs to <see cref="Quick"/>.</summary>
    public static PretrainingOptions QuickCondition { get; } = Quick with { Masked = true };

    /// <summary>Seeds the weights and every batch.</summary>
    public ulong Seed { get; init; }

    /// <summary>True for the condition model: each crop is partly hidden and the mask is a second input channel.</summary>
    public bool Masked { get; init; }

    /// <summary>How the volumes were prepared; kept with the model, since screening must do the same.</summary>
    public PreprocessingOptions Preprocessing { get; init; } = PreprocessingOptions.Paper;

    /// <summary>The network.</summary>
    public UNetOptions Network { get; init; } = UNetOptions.Paper;

    /// <summary>The network between the features and the loss.</summary>
    public ProjectorOptions Projector { get; init; } = ProjectorOptions.Paper;

    /// <summary>The objective.</summary>
    public PretrainingObjective Objective { get; init; } = PretrainingObjective.DenseVicReg;

    /// <summary>Weights of VICReg's three terms.</summary>
    public DenseVicRegOptions VicReg { get; init; } = new();

    /// <summary>InfoNCE's temperature and memory.</summary>
    public DenseInfoNceOptions InfoNce { get; init; } = new();

    /// <summary>Volumes per batch, each giving one pair of crops (m in the paper).</summary>
    public int VolumesPerBatch { get; init; } = 8;

    /// <summary>The pair of crops.</summary>
    public CropPairOptions Crops { get; init; } = new();

    /// <summary>The colour jitter of each crop.</summary>
    public ColourJitterOptions Jitter { get; init; } = new();

    /// <summary>The hidden blocks of the condition model.</summary>
    public BlockMaskOptions Mask { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimisationOptions Optimisation { get; init; } = new();

    /// <summary>Checks the ranges and that the options fit each other.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        Preprocessing.Validate();
        Network.Validate();
        Crops.Validate();
        Jitter.Validate();
        Mask.Validate();
        Optimisation.Validate();
        Projector.Validate();
        OptionException.ThrowIfOutside("PretrainingOptions.VolumesPerBatch", VolumesPerBatch, 1, 4096);
        VicReg.Validate();
        InfoNce.Validate();
        if (Network.InChannels != 1)
            throw new OptionException("PretrainingOptions.Network.InChannels", $"{Network.InChannels}", "1: CT has one channel, and the condition model adds the mask itself");
    }
}
