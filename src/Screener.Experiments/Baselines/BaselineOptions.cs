using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Storage;
using Screener.Training;

namespace Screener.Baselines;

/// <summary>
/// A network that the paper compares with (its table 1), and how it is trained: after the method's own paper, in 3-D, sizes ours. A new
/// one is one class, with the network it makes inside.
/// </summary>
[JsonConverter(typeof(KindConverter<BaselineOptions>))]
public abstract record BaselineOptions : IKind<BaselineOptions>
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string? FormerName => null;

    /// <summary>What the paper's tables call it; hyphens and capitals aside, mostly the same.</summary>
    public virtual string PaperName => Name;

    /// <summary>The baseline as two processors take it.</summary>
    public abstract BaselineOptions Small { get; }

    /// <summary>How CTs are prepared: as for the descriptor.</summary>
    public PreprocessingOptions Preprocessing { get; init; } = PreprocessingOptions.Paper;

    /// <summary>Voxels of a crop.</summary>
    public VolumeShape CropShape { get; init; } = new(96, 96, 96);

    /// <summary>Crops a step.</summary>
    public int CropsPerStep { get; init; } = 8;

    /// <summary>Each axis of a crop is stretched by up to this factor, either way.</summary>
    public double MaxStretch { get; init; } = 1.2;

    /// <summary>Steps, rate, decay.</summary>
    public OptimisationOptions Optimisation { get; init; } = new()
    {
        LearningRate = new() { Peak = 1e-4, WarmUpFraction = 0.01 },
        Epsilon = 1e-8,
    };

    /// <summary>Draws weights, crops and what is drawn into them.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public static BaselineOptions Unknown(string name, JsonObject options) => new UnknownBaseline(name, options);

    /// <summary>Makes the network, its weights drawn from <paramref name="random"/>; the caller owns it.</summary>
    public abstract BaselineNetwork Create(RandomStream random);

    /// <summary>Changes a crop for the training. Many baselines look at crops as they are.</summary>
    /// <param name="crop">[D, H, W] of <see cref="CropShape"/>, 0 to 1; changed.</param>
    /// <param name="target">How anomalous each voxel becomes, 0 to 1; 0 at first.</param>
    /// <param name="other">Another crop.</param>
    /// <param name="random">Draws everything.</param>
    public virtual void Alter(float[] crop, float[] target, Func<float[]> other, RandomStream random)
    {
    }

    /// <summary>What is made of a whole map of scores, in place.</summary>
    /// <param name="scores">Of the prepared volume's voxels; NaN where no window lay.</param>
    /// <param name="body">The patient, on the same grid.</param>
    /// <param name="threads">How many to use.</param>
    /// <param name="cancellation">Stops the work.</param>
    public virtual void Finish(float[] scores, BodyMask body, int threads, CancellationToken cancellation)
    {
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public virtual void Validate()
    {
        Preprocessing.Validate();
        Optimisation.Validate();
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
            OptionException.ThrowIfOutside(nameof(CropShape), size, 8, 512);
        OptionException.ThrowIfOutside(nameof(CropsPerStep), CropsPerStep, 1, 1024);
        OptionException.ThrowIfOutside(nameof(MaxStretch), MaxStretch, 1.0, 2.0);
    }

    /// <summary>These with crops, steps and preparation for two processors.</summary>
    protected T Smaller<T>(T options)
        where T : BaselineOptions => options with
        {
            Preprocessing = PreprocessingOptions.Quick,
            CropShape = new(48, 48, 48),
            Optimisation = Optimisation with { Steps = 1500, LearningRate = new() { Peak = 1e-3, WarmUpFraction = 0.1 } },
        };

    /// <summary>A file's baseline that no class of this program makes.</summary>
    private sealed record UnknownBaseline(string Named, JsonObject Options) : BaselineOptions, IUnknownKind
    {
        public override string Name => Named;

        public override BaselineOptions Small => this;

        public override BaselineNetwork Create(RandomStream random) => throw Unusable();

        public override void Validate() => throw Unusable();

        private OptionException Unusable() => new(
            "baseline", $"'{Named}'", string.Join(", ", Kinds<BaselineOptions>.OfLibrary.Select(k => k.Name)), "Correct the name.");
    }
}
