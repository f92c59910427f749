using Screener.Errors;

namespace Screener.HuBaselines;

/// <summary>What a <see cref="HuBaseline"/> may know.</summary>
/// <remarks>The defaults gave the best AUROC, averaged over the four phantom cohorts of another seed than the demonstration's, of those
/// tried.</remarks>
public sealed record HuBaselineOptions
{
    /// <summary>-log p(HU): how rare a density is in the bodies of the training cohort.</summary>
    public static HuBaselineOptions HuOnly { get; } = new() { Cells = 1 };

    /// <summary>-log p(HU | position): how rare a density is at this place of the body.</summary>
    public static HuBaselineOptions HuAndPosition { get; } = new();

    /// <summary>Standard deviation in mm of the Gaussian that smooths the CT inside the body.</summary>
    public double SigmaMm { get; init; } = 1.5;

    /// <summary>Cells along each axis of the body's bounding box; 1 for no position.</summary>
    public int Cells { get; init; } = 24;

    /// <summary>Lower end of the density's range, in HU; what is below counts as this.</summary>
    public double MinHu { get; init; } = -1050;

    /// <summary>Upper end of the density's range, in HU; what is above counts as this.</summary>
    public double MaxHu { get; init; } = 1450;

    /// <summary>Width of a bin of the density, in HU.</summary>
    public double BinHu { get; init; } = 5;

    /// <summary>Standard deviation of the Gaussian that smooths the density along HU, in HU.</summary>
    public double DensitySigmaHu { get; init; } = 5;

    /// <summary>
    /// How much of the whole body's density is mixed into a cell's, as a fraction of the mean number of voxels of a cell that is not empty.
    /// </summary>
    public double PriorWeight { get; init; } = 0.01;

    /// <summary>The part of the whole body's density that is spread evenly over the range, so that nothing is impossible.</summary>
    public double Floor { get; init; } = 1e-4;

    internal int Bins => (int)Math.Ceiling((MaxHu - MinHu) / BinHu);

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(SigmaMm), SigmaMm, 0, 20);
        OptionException.ThrowIfOutside(nameof(Cells), Cells, 1, 64);
        OptionException.ThrowIfOutside(nameof(MinHu), MinHu, -32768, 32767);
        OptionException.ThrowIfOutside(nameof(MaxHu), MaxHu, MinHu + 1, 32768);
        OptionException.ThrowIfOutside(nameof(BinHu), BinHu, (MaxHu - MinHu) / 4096, MaxHu - MinHu);
        OptionException.ThrowIfOutside(nameof(DensitySigmaHu), DensitySigmaHu, 0, 1000);
        OptionException.ThrowIfOutside(nameof(PriorWeight), PriorWeight, 1e-6, 1e6);
        OptionException.ThrowIfOutside(nameof(Floor), Floor, 1e-12, 1);
    }
}
