using Screener.Errors;

namespace Screener.Preprocessing;

/// <summary>What <see cref="BodyMaskFinder"/> takes for the patient.</summary>
public sealed record BodyMaskOptions
{
    /// <summary>The patient without the table.</summary>
    public static BodyMaskOptions Default { get; } = new();

    /// <summary>The paper's code: everything that outside air does not reach, the table included.</summary>
    public static BodyMaskOptions Paper { get; } = new() { PatientOnly = false };

    /// <summary>Voxels below this are air, HU.</summary>
    public float AirHu { get; init; } = -500;

    /// <summary>Whether the table, blankets and cables are left out, as far as they hang on the patient by less than <see cref="OpeningMm"/>.</summary>
    public bool PatientOnly { get; init; } = true;

    /// <summary>Layers thinner than about twice this are cut before the patient is looked for, mm; rounded to whole voxels. 0 to 20.</summary>
    public double OpeningMm { get; init; } = 2;

    /// <summary>Pieces smaller than this part of the largest one are left out, 0 to 1. Two legs stay, a table's frame does not.</summary>
    public double MinPiece { get; init; } = 0.2;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(AirHu), AirHu, -32768, 32767);
        OptionException.ThrowIfOutside(nameof(OpeningMm), OpeningMm, 0, 20);
        OptionException.ThrowIfOutside(nameof(MinPiece), MinPiece, 0, 1);
    }
}
