using Screener.Errors;

namespace Screener.SyntheticLesions;

/// <summary>
/// How lesions are drawn into healthy-enough CT: foreign patches as in FPI (arXiv 2011.04197), and blobs whose contrast, edge, texture and
/// core vary.
/// </summary>
/// <remarks>
/// A way of learning what does not belong, not a model of disease: no value was taken from annotated lesions. The generators of the
/// phantoms' lesions are others (their shapes, textures and contrasts come with the phantoms' organs), so that phantom cohorts stay unseen.
/// </remarks>
public sealed record SyntheticLesionOptions
{
    /// <summary>Lesions in a crop, at least.</summary>
    public int FewestPerCrop { get; init; } = 2;

    /// <summary>Lesions in a crop, at most.</summary>
    public int MostPerCrop { get; init; } = 9;

    /// <summary>The part of the crops without any.</summary>
    public double HealthyShare { get; init; } = 0.15;

    /// <summary>The part of the lesions looked for in the lung.</summary>
    public double LungShare { get; init; } = 0.3;

    /// <summary>The part looked for in smooth soft tissue; what is left lies anywhere.</summary>
    public double SoftShare { get; init; } = 0.5;

    /// <summary>The part that are patches of another crop.</summary>
    public double ForeignShare { get; init; } = 0.15;

    /// <summary>The part of the lesions in the lung that are ground glass; the others are solid.</summary>
    public double GroundGlassShare { get; init; } = 0.4;

    /// <summary>The part of the lesions in soft tissue that are darker than it.</summary>
    public double DarkerShare { get; init; } = 0.65;

    /// <summary>The smallest radius, mm.</summary>
    public double LeastRadiusMm { get; init; } = 3.6;

    /// <summary>The largest radius, mm.</summary>
    public double MostRadiusMm { get; init; } = 27;

    /// <summary>The largest radius of ground glass, mm.</summary>
    public double MostGroundGlassRadiusMm { get; init; } = 39;

    /// <summary>The part of the lesions in soft tissue that are masses: large, of uneven texture, some with a capsule, a dead core or
    /// bright deposits.</summary>
    public double MassShare { get; init; }

    /// <summary>The smallest radius of a mass, mm.</summary>
    public double LeastMassRadiusMm { get; init; } = 9;

    /// <summary>The largest radius of a mass, mm.</summary>
    public double MostMassRadiusMm { get; init; } = 70;

    /// <summary>The least contrast in soft tissue, HU.</summary>
    public double LeastContrast { get; init; } = 12;

    /// <summary>The most contrast in soft tissue, HU.</summary>
    public double MostContrast { get; init; } = 90;

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(FewestPerCrop), FewestPerCrop, 0, 1000);
        OptionException.ThrowIfOutside(nameof(MostPerCrop), MostPerCrop, FewestPerCrop, 1000);
        foreach (var (name, share) in new[]
        {
            (nameof(HealthyShare), HealthyShare), (nameof(LungShare), LungShare), (nameof(SoftShare), SoftShare),
            (nameof(ForeignShare), ForeignShare), (nameof(MassShare), MassShare),
            (nameof(GroundGlassShare), GroundGlassShare), (nameof(DarkerShare), DarkerShare),
        })
            OptionException.ThrowIfOutside(name, share, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(SoftShare), LungShare + SoftShare, 0.0, 1.0);
        OptionException.ThrowIfOutside(nameof(LeastRadiusMm), LeastRadiusMm, 0.1, 200);
        OptionException.ThrowIfOutside(nameof(MostRadiusMm), MostRadiusMm, LeastRadiusMm, 200);
        OptionException.ThrowIfOutside(nameof(MostGroundGlassRadiusMm), MostGroundGlassRadiusMm, LeastRadiusMm, 200);
        OptionException.ThrowIfOutside(nameof(LeastMassRadiusMm), LeastMassRadiusMm, 0.1, 200);
        OptionException.ThrowIfOutside(nameof(MostMassRadiusMm), MostMassRadiusMm, LeastMassRadiusMm, 200);
        OptionException.ThrowIfOutside(nameof(LeastContrast), LeastContrast, 0.1, 2000);
        OptionException.ThrowIfOutside(nameof(MostContrast), MostContrast, LeastContrast, 2000);
    }
}
