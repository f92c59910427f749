using System.Text.Json.Serialization;
using Screener.HuBaselines;
using Screener.Errors;

namespace Screener.Inference;

/// <summary>How the experts of a model are put together: a weighted sum of -log10 of their tails.</summary>
/// <remarks>
/// The weights were chosen on lesions drawn by another generator into held-out patients of the training set, on tumours of such patients
/// and on phantoms of another seed: never on the cohorts or patients that are reported.
/// </remarks>
public sealed record EnsembleOptions
{
    /// <summary>The HU + position of an ensemble: coarser than the baseline, so that a model file stays small.</summary>
    public static HuBaselineOptions HuOptions { get; } = HuBaselineOptions.HuAndPosition with
    {
        Cells = 16, BinHu = 10, DensitySigmaHu = 10,
    };

    /// <summary>The weight of the network that finds drawn lesions.</summary>
    public double Lesions { get; init; } = 1;

    /// <summary>The weight of HU + position.</summary>
    public double HuAndPosition { get; init; } = 0.25;

    /// <summary>The weight of the density.</summary>
    public double Density { get; init; } = 0.25;

    /// <summary>The weight of each further kind of lesion networks, at a coarser spacing or with masses to find.</summary>
    public double LargeLesions { get; init; } = 1;

    /// <summary>What -log10 of their tail must exceed to count: they miss small lesions, and that says nothing.</summary>
    public double LargeAbove { get; init; } = 0.5;

    /// <summary>The most that counts of it: they tell patients from phantoms, whose scores would be too rare otherwise.</summary>
    public double LargeMost { get; init; } = 1;

    /// <summary>
    /// Their map is smoothed by a Gaussian of this standard deviation first, mm, 0 to 100; 0: never. A mass is large, and its inside is
    /// told by its surroundings. A file must say it: tails are those of the smoothed map.
    /// </summary>
    [JsonRequired]
    public double LargeSmoothingMm { get; init; } = 20;

    /// <summary>The weight of an expert: the first kind of lesion networks, HU + position, the density, further kinds.</summary>
    internal float Weight(int expert) => (float)(expert switch { 0 => Lesions, 1 => HuAndPosition, 2 => Density, _ => LargeLesions });

    /// <summary>What counts of the -log10 of an expert's tail.</summary>
    internal float Counted(int expert, float tail) =>
        expert < 3 ? tail : Math.Clamp(tail - (float)LargeAbove, 0, (float)LargeMost);

    /// <summary>The density's name; null means the model's first.</summary>
    public string? Head { get; init; }

    /// <summary>
    /// Finer voxels are averaged in blocks of about this size before any expert looks, mm; 0: never. The CTs of the training have 2 mm, and
    /// the noise of thin slices, which they do not show, would be rare.
    /// </summary>
    public double LeastSpacing { get; init; } = 2;

    /// <summary>The fraction of a window that the next one covers again, [0, 0.9], unless told otherwise.</summary>
    /// <remarks>The paper's half takes more than three times as many windows, for as good a map.</remarks>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Kinds of place of which each has a table of tails of its own (<see cref="KindsOfPlace"/>). 1 to 255.</summary>
    public int Kinds { get; init; } = 24;

    /// <summary>Voxels drawn from each CT for the tables of tails.</summary>
    public int VoxelsPerCt { get; init; } = 100_000;

    /// <summary>Draws them.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Lesions), Lesions, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(HuAndPosition), HuAndPosition, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(Density), Density, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(LargeLesions), LargeLesions, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(LargeAbove), LargeAbove, 0.0, 10);
        OptionException.ThrowIfOutside(nameof(LargeMost), LargeMost, 0.0, 100);
        OptionException.ThrowIfOutside(nameof(LargeSmoothingMm), LargeSmoothingMm, 0.0, 100);
        OptionException.ThrowIfOutside(nameof(Lesions), Lesions + HuAndPosition + Density, 1e-6, 3000);
        OptionException.ThrowIfOutside(nameof(LeastSpacing), LeastSpacing, 0.0, 20);
        OptionException.ThrowIfOutside(nameof(Overlap), Overlap, 0.0, 0.9);
        OptionException.ThrowIfOutside(nameof(Kinds), Kinds, 1, byte.MaxValue);
        OptionException.ThrowIfOutside(nameof(VoxelsPerCt), VoxelsPerCt, 1000, 100_000_000);
    }
}
