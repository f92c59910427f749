using Screener.Errors;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>How a volume is shown, and how large the page may become by it.</summary>
public sealed record VolumeViewerOptions
{
    /// <summary>At most 9 million voxels and 3 MB.</summary>
    public static VolumeViewerOptions Default { get; } = new();

    /// <summary>Shown above the caption, such as a patient's or a cell's name. Any text; it is escaped.</summary>
    public string Title { get; init; } = "";

    /// <summary>The grey scale at the start; null takes the lung's or soft tissue's by what lies at the start position.</summary>
    public WindowPreset? Window { get; init; }

    /// <summary>The voxel at the crosshair at the start, in canonical indices of the CT; null takes the largest lesion, the highest score or the middle.</summary>
    public SlicePosition? Start { get; init; }

    /// <summary>The most voxels that are shown; a larger volume is reduced to block means.</summary>
    public int MaxVoxels { get; init; } = 9_000_000;

    /// <summary>The most bytes of HTML: 3 MB, less what a notebook's file adds to it. What does not fit with <see cref="MaxVoxels"/> is reduced further.</summary>
    public int MaxBytes { get; init; } = 2_950_000;

    /// <summary>The colours of the anomaly map.</summary>
    public ColorMap Colors { get; init; } = ColorMap.Inferno;

    /// <summary>The scores of the colour map's ends; null takes <see cref="ScoreRange.Of"/>. Give it to compare several volumes.</summary>
    public ScoreRange? Scores { get; init; }

    /// <summary>Lower scores are not coloured at the start; null starts at the range's low end.</summary>
    public double? Threshold { get; init; }

    /// <summary>How much of the CT the map covers at the start, 0 to 1.</summary>
    public double Opacity { get; init; } = 0.6;

    /// <summary>The colour of lesion outlines.</summary>
    public Rgb Outline { get; init; } = new(0, 255, 190);

    /// <summary>Threads that reduce and compress; 0 means one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate()
    {
        Window?.Validate();
        OptionException.ThrowIfOutside(nameof(MaxVoxels), MaxVoxels, 1_000, 100_000_000);
        OptionException.ThrowIfOutside(nameof(MaxBytes), MaxBytes, 300_000, 1_000_000_000);
        OptionException.ThrowIfOutside(nameof(Opacity), Opacity, 0, 1);
        OptionException.ThrowIfOutside(nameof(Threads), Threads, 0, 1024);
        if (Threshold is { } threshold && !double.IsFinite(threshold))
            throw new OptionException(nameof(Threshold), $"{threshold}", "a finite score");
        if (Scores is { } range && !(range.Low < range.High && double.IsFinite(range.High - range.Low)))
            throw new OptionException(nameof(Scores), $"{range.Low} to {range.High}", "two finite scores, the lower first");
    }
}
