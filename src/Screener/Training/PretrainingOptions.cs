using Screener.Augmentation;
using Screener.Errors;
using Screener.Losses;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Training;

/// <summary>The self-supervised objective.</summary>
public enum PretrainingObjective
{
    /// <summary>Variance-invariance-covariance regularisation of dense features.</summary>
    DenseVicReg,

    /// <summary>Contrast of dense features (SimCLR's loss).</summary>
    DenseInfoNce,

    /// <summary>Distances between embeddings that are those between voxels (APE, arXiv 2409.10291); trains the embedding network.</summary>
    AnatomicalDistance,
}

/// <summary>
/// Self-supervised training of a descriptor or a condition model (paper, sections 3.1 and 3.2, app. F), or of the network of anatomical
/// positional embeddings (arXiv 2409.10291). The defaults are the paper's descriptor: VICReg with 32 channels.
/// </summary>
public sealed record PretrainingOptions
{
    /// <summary>The paper's descriptor.</summary>
    public static PretrainingOptions Paper { get; } = new();

    /// <summary>The paper's condition model: the same with masking.</summary>
    public static PretrainingOptions PaperCondition { get; } = Paper with { Masked = true };

    /// <summary>
    /// The published training of anatomical positional embeddings: all crops of a batch from one volume, half of them masked, never
    /// turned, since left and right differ. Its network is ConvNeXt's kin; here it is this library's UNet of the same widths and depths.
    /// </summary>
    public static PretrainingOptions PaperEmbedding { get; } = Paper with
    {
        Objective = PretrainingObjective.AnatomicalDistance,
        Masked = true,
        MaskChannel = false,
        Network = UNetOptions.Paper with
        {
            Channels = [96, 192, 384, 768], Depths = [3, 3, 9, 3], StemStride = 4, DescriptorChannels = AnatomicalEmbeddingModel.Axes,
        },
        VolumesPerBatch = 1,
        PairsPerVolume = 8,
        Crops = new() { PatchShape = new(64, 128, 128), PositionsPerPair = 512, Flips = false, AxialTurns = false },
        Mask = new() { BlockShape = new(16, 32, 32), Probability = 0.5 },
    };

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

    /// <summary>The embedding network that belongs to <see cref="Quick"/>.</summary>
    public static PretrainingOptions QuickEmbedding { get; } = Quick with
    {
        Objective = PretrainingObjective.AnatomicalDistance,
        Masked = true,
        MaskChannel = false,
        Network = UNetOptions.Quick with
        {
            Channels = [32, 64, 128], Depths = [1, 2, 2], StemStride = 4, DescriptorChannels = AnatomicalEmbeddingModel.Axes,
        },
        AnatomicalDistance = AnatomicalDistanceOptions.Quick,
        VolumesPerBatch = 1,
        PairsPerVolume = 4,

        // Crops hardly larger than the windows in which positions are read later: at a thousand steps that counts for more than variety.
        Crops = CropPairOptions.Quick with { MaxSpacingFactor = 1.25, Flips = false, AxialTurns = false },
        Mask = BlockMaskOptions.Quick with { Probability = 0.5 },

        // Twice the rate drove the sigmoids into saturation within fifty steps: every position the same, and no gradient left.
        Optimisation = Quick.Optimisation with { LearningRate = new() { Peak = 1e-3, WarmUpFraction = 0.1 } },
    };

    /// <summary>Seeds the weights and every batch.</summary>
    public ulong Seed { get; init; }

    /// <summary>True for the condition model, and for the embedding network: crops are partly hidden.</summary>
    public bool Masked { get; init; }

    /// <summary>Whether a masked network is shown the mask as a second input channel, as the paper's condition model is.</summary>
    public bool MaskChannel { get; init; } = true;

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

    /// <summary>Weights and units of the embedding network's loss.</summary>
    public AnatomicalDistanceOptions AnatomicalDistance { get; init; } = new();

    /// <summary>Volumes per batch, each giving <see cref="PairsPerVolume"/> pairs of crops (m in the paper).</summary>
    public int VolumesPerBatch { get; init; } = 8;

    /// <summary>Pairs of crops from each volume. More than one only where distances within a volume are learnt.</summary>
    public int PairsPerVolume { get; init; } = 1;

    /// <summary>The pair of crops.</summary>
    public CropPairOptions Crops { get; init; } = new();

    /// <summary>The colour jitter of each crop.</summary>
    public ColourJitterOptions Jitter { get; init; } = new();

    /// <summary>The hidden blocks, where <see cref="Masked"/>.</summary>
    public BlockMaskOptions Mask { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimisationOptions Optimisation { get; init; } = new();

    /// <summary>Which network this trains, as command lines and files name it: "descriptor", "condition" or "ape".</summary>
    internal string Stage => Objective == PretrainingObjective.AnatomicalDistance ? AnatomicalEmbeddingModel.StageName
        : Masked ? ConditionModel.StageName : DescriptorModel.StageName;

    /// <summary>The options of a stage, as <see cref="DenseNetwork.Stage"/> names it.</summary>
    /// <exception cref="OptionException">There is no such stage.</exception>
    public static PretrainingOptions Of(string stage, bool isPaper) => (stage, isPaper) switch
    {
        (DescriptorModel.StageName, true) => Paper,
        (DescriptorModel.StageName, false) => Quick,
        (ConditionModel.StageName, true) => PaperCondition,
        (ConditionModel.StageName, false) => QuickCondition,
        (AnatomicalEmbeddingModel.StageName, true) => PaperEmbedding,
        (AnatomicalEmbeddingModel.StageName, false) => QuickEmbedding,
        _ => throw new OptionException("network", $"'{stage}'", "descriptor, condition or ape"),
    };

    /// <summary>A network with fresh weights.</summary>
    internal DenseNetwork CreateNetwork(RandomStream random) => Stage switch
    {
        DescriptorModel.StageName => new DescriptorModel(Network, random),
        ConditionModel.StageName => new ConditionModel(Network, random, MaskChannel),
        _ => new AnatomicalEmbeddingModel(Network, random, MaskChannel, AnatomicalDistance.ScaleStart),
    };

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
        OptionException.ThrowIfOutside("PretrainingOptions.PairsPerVolume", PairsPerVolume, 1, 4096);
        AnatomicalDistance.Validate();
        if (Objective == PretrainingObjective.AnatomicalDistance)
            AnatomicalEmbeddingModel.Checked(Network);
        VicReg.Validate();
        InfoNce.Validate();
        if (Network.InChannels != 1)
            throw new OptionException(
                "PretrainingOptions.Network.InChannels", $"{Network.InChannels}",
                "1: CT has one channel, and the condition model adds the mask itself");
    }
}
