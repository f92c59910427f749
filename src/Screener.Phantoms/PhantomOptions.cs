using Screener.Errors;

namespace Screener.Phantoms;

/// <summary>How phantom patients are scanned. Anatomy and disease vary by seed, within ranges taken from adults.</summary>
public sealed record PhantomOptions
{
    /// <summary>Body CT as it is archived for screening, at a third of the usual in-plane resolution.</summary>
    public static PhantomOptions Default { get; } = new();

    /// <summary>Smallest in-plane voxel size, mm.</summary>
    public double InPlaneSpacingMin { get; init; } = 2.0;

    /// <summary>Largest in-plane voxel size, mm.</summary>
    public double InPlaneSpacingMax { get; init; } = 2.6;

    /// <summary>The slice spacings that occur, mm; each is as likely as the others. Slices are as thick as they are spaced.</summary>
    public IReadOnlyList<double> SliceSpacings { get; init; } = [2.0, 2.5, 3.0, 3.0, 4.0, 5.0];

    /// <summary>Smallest standard deviation of the image noise in the middle of an average body, HU.</summary>
    public double NoiseMin { get; init; } = 6;

    /// <summary>Largest standard deviation of the image noise in the middle of an average body, HU.</summary>
    public double NoiseMax { get; init; } = 16;

    /// <summary>Amplitude of the smooth deformation of the whole anatomy, mm.</summary>
    public double Deformation { get; init; } = 4;

    /// <summary>Probabilities of the contrast phases, in the order of <see cref="ContrastPhase"/>.</summary>
    public IReadOnlyList<double> PhaseProbabilities { get; init; } = [0.3, 0.15, 0.35, 0.2];

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(InPlaneSpacingMin), InPlaneSpacingMin, 0.5, 6.0);
        OptionException.ThrowIfOutside(nameof(InPlaneSpacingMax), InPlaneSpacingMax, InPlaneSpacingMin, 6.0);
        OptionException.ThrowIfOutside(nameof(SliceSpacings) + ".Count", SliceSpacings.Count, 1, 1000);
        foreach (double spacing in SliceSpacings)
            OptionException.ThrowIfOutside(nameof(SliceSpacings), spacing, 0.5, 10.0);
        OptionException.ThrowIfOutside(nameof(NoiseMin), NoiseMin, 0.0, 200.0);
        OptionException.ThrowIfOutside(nameof(NoiseMax), NoiseMax, NoiseMin, 200.0);
        OptionException.ThrowIfOutside(nameof(Deformation), Deformation, 0.0, 8.0);
        OptionException.ThrowIfOutside(nameof(PhaseProbabilities) + ".Count", PhaseProbabilities.Count, 4, 4);
        foreach (double probability in PhaseProbabilities)
            OptionException.ThrowIfOutside(nameof(PhaseProbabilities), probability, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(PhaseProbabilities) + " (sum)", PhaseProbabilities.Sum(), 0.999, 1.001);
    }
}
