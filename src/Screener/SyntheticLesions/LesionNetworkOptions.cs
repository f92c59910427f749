using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Training;

namespace Screener.SyntheticLesions;

/// <summary>A network that finds lesions drawn into CT, and how it is trained.</summary>
/// <remarks>
/// After MOOD-Top1 (Marimont 2022) and DRAEM (Zavrtanik 2021), in 3-D, sizes ours: a UNet sees a crop with foreign patches and blobs in it
/// and says which voxels they cover. It needs no labels. The paper's densities are confounded by edges; this expert fails elsewhere.
/// </remarks>
public sealed record LesionNetworkOptions
{
    /// <summary>3 mm, for two processors.</summary>
    public static LesionNetworkOptions Quick { get; } = new();

    /// <summary>How CTs are prepared: without equalised contrast, since the windows below bring the contrast out.</summary>
    public PreprocessingOptions Preprocessing { get; init; } = PreprocessingOptions.Quick with { Clahe = false, MaxHu = 600 };

    /// <summary>The UNet; its two inputs and its one output are given.</summary>
    public UNetOptions Network { get; init; } = UNetOptions.Quick with { Depths = [1, 1, 2, 2] };

    /// <summary>HU that become 0 and 1 in the first input.</summary>
    public HuWindow WideWindow { get; init; } = new(-1000, 300);

    /// <summary>HU that become 0 and 1 in the second input: soft tissue.</summary>
    public HuWindow SoftWindow { get; init; } = new(-160, 240);

    /// <summary>What is drawn.</summary>
    public SyntheticLesionOptions Lesions { get; init; } = new();

    /// <summary>Voxels of a crop.</summary>
    public VolumeShape CropShape { get; init; } = new(48, 48, 48);

    /// <summary>Crops a step.</summary>
    public int CropsPerStep { get; init; } = 8;

    /// <summary>Each axis of a crop is stretched by up to this factor, either way.</summary>
    public double MaxStretch { get; init; } = 1.22;

    /// <summary>How much a crop's contrast varies: HU above 0 are multiplied by the exponential of a Gaussian number times this.</summary>
    /// <remarks>Contrast medium is given in different amounts and seen at different times.</remarks>
    public double ContrastDeviation { get; init; }

    /// <summary>How much more a missed voxel counts than a false one: lesions are a few percent of the voxels.</summary>
    public double PositiveWeight { get; init; } = 4;

    /// <summary>How much more a small lesion's voxels count: one of r mm counts 10 mm / r to this power. 0: all alike.</summary>
    /// <remarks>Otherwise a mass of 70 mm outweighs a thousand nodules.</remarks>
    public double SmallerCountMore { get; init; }

    /// <summary>Weight of the Dice loss beside cross-entropy.</summary>
    public double DiceWeight { get; init; } = 0.5;

    /// <summary>Steps, rate, decay.</summary>
    public OptimisationOptions Optimisation { get; init; } = new()
    {
        Steps = 12_000,
        LearningRate = new() { Peak = 1e-3, WarmUpFraction = 0.1 },
        Epsilon = 1e-8,
    };

    /// <summary>Draws weights, crops and lesions.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Preprocessing.Validate();
        Input.Validate();
        Lesions.Validate();
        Optimisation.Validate();
        if (Preprocessing.Clahe)
            throw new OptionException(
                "Preprocessing.Clahe", "true", "false", "Lesions are drawn in HU, which equalised contrast no longer has.");
        WideWindow.Validate(nameof(WideWindow));
        SoftWindow.Validate(nameof(SoftWindow));
        foreach (int size in new[] { CropShape.Depth, CropShape.Height, CropShape.Width })
        {
            OptionException.ThrowIfOutside(nameof(CropShape), size, Network.MinimumInput, 512);
            if (size % Network.StemStride != 0)
                throw new OptionException(nameof(CropShape), $"{CropShape}", $"multiples of the stem's stride, {Network.StemStride}");
        }

        OptionException.ThrowIfOutside(nameof(CropsPerStep), CropsPerStep, 1, 1024);
        OptionException.ThrowIfOutside(nameof(MaxStretch), MaxStretch, 1.0, 2.0);
        OptionException.ThrowIfOutside(nameof(ContrastDeviation), ContrastDeviation, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(PositiveWeight), PositiveWeight, 0.01, 1000);
        OptionException.ThrowIfOutside(nameof(SmallerCountMore), SmallerCountMore, 0.0, 3.0);
        OptionException.ThrowIfOutside(nameof(DiceWeight), DiceWeight, 0.0, 1000);
    }

    /// <summary>The UNet with its two inputs and one output.</summary>
    internal UNetOptions Input => Network with { InChannels = 2, DescriptorChannels = 1 };
}
