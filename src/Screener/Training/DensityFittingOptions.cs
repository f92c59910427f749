using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Training;

/// <summary>How densities are fitted over frozen descriptor and condition models (paper, section 3.3, app. F).</summary>
public sealed record DensityFittingOptions : IJsonOnDeserialized
{
    private IReadOnlyList<DensityHead> _heads = [new(new MaskingInvariantCondition(), GlowDensityOptions.Paper)];

    /// <summary>The paper's settings with its best head.</summary>
    public static DensityFittingOptions Paper { get; } = new();

    /// <summary>The three conditions with a Gaussian density, for a laptop's processor.</summary>
    public static DensityFittingOptions Quick { get; } = new()
    {
        Heads =
        [
            new(new NoCondition(), GaussianDensityOptions.Quick),
            new(new SinCosCondition(), GaussianDensityOptions.Quick),
            new(new MaskingInvariantCondition(), GaussianDensityOptions.Quick),
        ],
        CropsPerBatch = 2,
        PatchShape = new(48, 48, 48),
        PoolKernel = new(2, 2, 2),
        Optimisation = new() { Steps = 400, LearningRate = new() { Peak = 3e-3, WarmUpFraction = 0.1 }, Epsilon = 1e-8 },
    };

    /// <summary>Seeds the weights, the crops and the noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// The densities to fit. They share the descriptor's and the condition model's features; each learns as it would alone.
    /// </summary>
    public IReadOnlyList<DensityHead> Heads { get => _heads; init => _heads = value; }

    /// <summary>Crops per batch (m in the paper).</summary>
    public int CropsPerBatch { get; init; } = 4;

    /// <summary>The crop in voxels.</summary>
    public VolumeShape PatchShape { get; init; } = new(64, 96, 96);

    /// <summary>Kernel and stride of the average pooling of feature and condition maps, in voxels.</summary>
    public VolumeShape PoolKernel { get; init; } = new(2, 3, 3);

    /// <summary>Standard deviation of the noise added to features and condition in training, never at inference.</summary>
    public double NoiseSigma { get; init; } = 0.1;

    /// <summary>The optimiser.</summary>
    public OptimisationOptions Optimisation { get; init; } = new() { Steps = 500_000 };

    /// <summary>The densities together have no fewer numbers.</summary>
    internal long LeastNumbers => Heads.Sum(h => h.Density.LeastNumbers(h.Condition is not NoCondition));

    // Files from before heads had options of their own, and the options of a grid's densities, name them by the family.
    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private JsonObject? Gaussian { get; set; }

    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private JsonObject? Glow { get; set; }

    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private JsonObject? SinCos { get; set; }

    /// <inheritdoc/>
    void IJsonOnDeserialized.OnDeserialized()
    {
        Change<GaussianDensityOptions>(Gaussian);
        Change<GlowDensityOptions>(Glow);
        if (SinCos is { } positions)
        {
            _ = Kinds<Condition>.Over(new SinCosCondition(), positions);
            _heads = [.. _heads.Select(h => h.Condition is PositionalCondition
                ? h with { Condition = Kinds<Condition>.Over(h.Condition, positions) }
                : h)];
        }

        (Gaussian, Glow, SinCos) = (null, null, null);

        void Change<T>(JsonObject? changes)
            where T : DensityOptions, new()
        {
            if (changes is null)
                return;
            _ = Kinds<DensityOptions>.Over(new T(), changes); // A typing error is one where no head has the family, too.
            _heads = [.. _heads.Select(h => h.Density is T ? h with { Density = Kinds<DensityOptions>.Over(h.Density, changes) } : h)];
        }
    }

    /// <summary>Checks the ranges and that the options fit each other.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        foreach (var (condition, density) in Heads)
        {
            Kinds<Condition>.Validate(condition);
            Kinds<DensityOptions>.Validate(density);
        }

        int names = Heads.DistinctBy(h => h.Name).Count();
        if (Heads.Count == 0 || names != Heads.Count)
            throw new OptionException(
                "DensityFittingOptions.Heads", $"{Heads.Count} heads, {names} different", "one or more, all different");
        OptionException.ThrowIfOutside("DensityFittingOptions.CropsPerBatch", CropsPerBatch, 1, 4096);
        OptionException.ThrowIfOutside("DensityFittingOptions.NoiseSigma", NoiseSigma, 0.0, 100.0);
        foreach (var (name, patch, pool) in new[] { ("Depth", PatchShape.Depth, PoolKernel.Depth),
            ("Height", PatchShape.Height, PoolKernel.Height), ("Width", PatchShape.Width, PoolKernel.Width) })
        {
            OptionException.ThrowIfOutside($"DensityFittingOptions.PoolKernel.{name}", pool, 1, 64);
            if (patch < pool || patch % pool != 0)
                throw new OptionException(
                    $"DensityFittingOptions.PatchShape.{name}", $"{patch}", $"a multiple of the pooling kernel, {pool}");
        }

        Optimisation.Validate();
    }
}
