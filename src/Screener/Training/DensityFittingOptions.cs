using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Training;

/// <summary>What the density is conditioned on (paper, table 3).</summary>
public enum ConditionKind
{
    /// <summary>Nothing: the marginal density q(y).</summary>
    None,

    /// <summary>Sines and cosines of the absolute position in the volume.</summary>
    SinCos,

    /// <summary>Sines and cosines of the anatomical position that the embedding network reads from the patch (APE, arXiv 2409.10291).</summary>
    AnatomicalEmbedding,

    /// <summary>The condition model's features of the whole, unmasked patch.</summary>
    MaskingInvariant,
}

/// <summary>The family of the density.</summary>
public enum DensityKind
{
    /// <summary>Diagonal Gaussian.</summary>
    Gaussian,

    /// <summary>Normalising flow.</summary>
    Glow,
}

/// <summary>One density to fit: what on, and of which family.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Density">The family.</param>
public sealed record DensityHead(ConditionKind Condition, DensityKind Density)
{
    /// <summary>The name that command line, files and reports use: "masking-invariant + gaussian".</summary>
    public string Name => $"{ConditionName(Condition)} + {(Density == DensityKind.Gaussian ? "gaussian" : "glow")}";

    /// <summary>"none", "sin-cos", "ape" or "masking-invariant".</summary>
    public static string ConditionName(ConditionKind condition) => condition switch
    {
        ConditionKind.None => "none",
        ConditionKind.SinCos => "sin-cos",
        ConditionKind.AnatomicalEmbedding => "ape",
        ConditionKind.MaskingInvariant => "masking-invariant",
        _ => throw new ArgumentOutOfRangeException(nameof(condition)),
    };
}

/// <summary>How densities are fitted over frozen descriptor and condition models (paper, section 3.3, app. F).</summary>
public sealed record DensityFittingOptions
{
    /// <summary>The paper's settings with its best head.</summary>
    public static DensityFittingOptions Paper { get; } = new();

    /// <summary>The three conditions with a Gaussian density, for a laptop's processor.</summary>
    public static DensityFittingOptions Quick { get; } = new()
    {
        Heads =
        [
            new(ConditionKind.None, DensityKind.Gaussian),
            new(ConditionKind.SinCos, DensityKind.Gaussian),
            new(ConditionKind.MaskingInvariant, DensityKind.Gaussian),
        ],
        CropsPerBatch = 2,
        PatchShape = new(48, 48, 48),
        PoolKernel = new(2, 2, 2),
        Gaussian = GaussianDensityOptions.Quick,
        Glow = GlowDensityOptions.Quick,
        Optimisation = new() { Steps = 400, LearningRate = new() { Peak = 3e-3, WarmUpFraction = 0.1 }, Epsilon = 1e-8 },
    };

    /// <summary>Seeds the weights, the crops and the noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The densities to fit. They share the descriptor's and the condition model's features; each learns as it would alone.</summary>
    public IReadOnlyList<DensityHead> Heads { get; init; } = [new(ConditionKind.MaskingInvariant, DensityKind.Glow)];

    /// <summary>Crops per batch (m in the paper).</summary>
    public int CropsPerBatch { get; init; } = 4;

    /// <summary>The crop in voxels.</summary>
    public VolumeShape PatchShape { get; init; } = new(64, 96, 96);

    /// <summary>Kernel and stride of the average pooling of feature and condition maps, in voxels.</summary>
    public VolumeShape PoolKernel { get; init; } = new(2, 3, 3);

    /// <summary>Standard deviation of the noise added to features and condition in training, never at inference.</summary>
    public double NoiseSigma { get; init; } = 0.1;

    /// <summary>The Gaussian density's networks.</summary>
    public GaussianDensityOptions Gaussian { get; init; } = new();

    /// <summary>The flow.</summary>
    public GlowDensityOptions Glow { get; init; } = new();

    /// <summary>The sines and cosines of the position, absolute or anatomical.</summary>
    public SinCosOptions SinCos { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimisationOptions Optimisation { get; init; } = new() { Steps = 500_000 };

    /// <summary>Whether a head has this condition.</summary>
    public bool Uses(ConditionKind condition) => Heads.Any(h => h.Condition == condition);

    /// <summary>The densities together have no fewer numbers.</summary>
    internal long LeastNumbers => Heads.Sum(h => h switch
    {
        { Density: DensityKind.Glow } => Glow.LeastNumbers,
        { Condition: ConditionKind.None } => 0,
        _ => Gaussian.LeastNumbers,
    });

    /// <summary>Checks the ranges and that the options fit each other.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        if (Heads.Count == 0 || Heads.Distinct().Count() != Heads.Count)
            throw new OptionException("DensityFittingOptions.Heads", $"{Heads.Count} heads, {Heads.Distinct().Count()} different", "one or more, all different");
        OptionException.ThrowIfOutside("DensityFittingOptions.CropsPerBatch", CropsPerBatch, 1, 4096);
        OptionException.ThrowIfOutside("DensityFittingOptions.NoiseSigma", NoiseSigma, 0.0, 100.0);
        foreach (var (name, patch, pool) in new[] { ("Depth", PatchShape.Depth, PoolKernel.Depth), ("Height", PatchShape.Height, PoolKernel.Height), ("Width", PatchShape.Width, PoolKernel.Width) })
        {
            OptionException.ThrowIfOutside($"DensityFittingOptions.PoolKernel.{name}", pool, 1, 64);
            if (patch < pool || patch % pool != 0)
                throw new OptionException($"DensityFittingOptions.PatchShape.{name}", $"{patch}", $"a multiple of the pooling kernel, {pool}");
        }

        Gaussian.Validate();
        Glow.Validate();
        SinCos.Validate();
        Optimisation.Validate();
    }
}
