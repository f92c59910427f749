using Screener.Datasets;
using Screener.Errors;

namespace Screener.Reporting;

/// <summary>The range of Hounsfield units that a picture spreads from black to white, as a radiologist names it.</summary>
/// <param name="Name">The name, for captions.</param>
/// <param name="Level">The middle grey, in HU.</param>
/// <param name="Width">White minus black, in HU; positive.</param>
public sealed record WindowPreset(string Name, double Level, double Width)
{
    /// <summary>Lung parenchyma: -600 +- 750 HU.</summary>
    public static WindowPreset Lung { get; } = new("lung", -600, 1500);

    /// <summary>Soft tissue: 40 +- 200 HU.</summary>
    public static WindowPreset SoftTissue { get; } = new("soft tissue", 40, 400);

    /// <summary>Bone: 400 +- 900 HU.</summary>
    public static WindowPreset Bone { get; } = new("bone", 400, 1800);

    /// <summary>Liver: 60 +- 80 HU.</summary>
    public static WindowPreset Liver { get; } = new("liver", 60, 160);

    /// <summary>The window that shows a dataset's pathology.</summary>
    public static WindowPreset Of(DatasetWindow window) => window switch
    {
        DatasetWindow.Lung => Lung,
        DatasetWindow.Liver => Liver,
        _ => SoftTissue,
    };

    /// <summary>The grey value of <paramref name="hu"/>, 0 (black) to 255 (white). NaN is black.</summary>
    public byte ToGrey(double hu)
    {
        double t = ((hu - Level) / Width) + 0.5;
        return t > 0 ? (byte)Math.Round(255 * Math.Min(t, 1)) : (byte)0;
    }

    /// <summary>Checks that the window can be drawn.</summary>
    /// <exception cref="OptionException">The level is not finite, or the width is not positive.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Level), Level, -1e5, 1e5);
        OptionException.ThrowIfOutside(nameof(Width), Width, 1, 1e5);
    }

    /// <summary>"lung window (-600 / 1500 HU)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} window ({Level:0} / {Width:0} HU)");
}
