using Screener.Errors;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>The three anatomical planes.</summary>
public enum SlicePlane
{
    /// <summary>Across the body: patient's right on the left, front up.</summary>
    Axial,

    /// <summary>From the front: patient's right on the left, head up.</summary>
    Coronal,

    /// <summary>From the side: front on the left, head up.</summary>
    Sagittal,
}

/// <summary>The scores that get the ends of the colour map.</summary>
/// <param name="Low">The score of the first colour; where it or less is scored, nothing is drawn.</param>
/// <param name="High">The score of the last colour.</param>
public readonly record struct ScoreRange(double Low, double High)
{
    /// <summary>The range of calibrated maps, in every picture: from one voxel in ten to one in ten thousand.</summary>
    public static ScoreRange Calibrated { get; } = new(1, 4);

    /// <summary>
    /// From the median to the 99.9th percentile: half of what is healthy stays uncovered, and a single voxel does not
    /// set the scale. Taken over at most about a million evenly spread voxels.
    /// </summary>
    /// <param name="map">The scores; not finite ones are left out.</param>
    /// <param name="within">Where to look; null is everywhere.</param>
    /// <exception cref="OptionException">No voxel has a score, or the mask has another shape than the map.</exception>
    public static ScoreRange Of(AnomalyMap map, BodyMask? within = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (within is not null && within.Shape != map.Shape)
            throw new OptionException(
                nameof(within), $"a mask of {within.Shape} voxels", $"the map's {map.Shape}", "Pass the mask of the same volume.");
        if (map.IsCalibrated)
            return Calibrated;

        // A step that shares no factor with the row length does not sample the same few columns.
        long step = Math.Max(1, (within?.Count ?? map.Voxels.Length) / 1_000_000);
        while (step > 1 && map.Shape.Width % step == 0)
            step++;
        var scores = new List<float>();
        long seen = 0;
        for (int i = 0; i < map.Voxels.Length; i++)
        {
            if ((within is null || within.Voxels[i] != 0) && float.IsFinite(map.Voxels[i]) && seen++ % step == 0)
                scores.Add(map.Voxels[i]);
        }

        if (scores.Count == 0)
            throw new OptionException(nameof(map), "no finite score", "at least one voxel with a score", "Check the map and the mask.");
        scores.Sort();
        float low = scores[(scores.Count - 1) / 2], high = scores[(int)((scores.Count - 1) * 0.999)];
        return new ScoreRange(low, high > low ? high : low + 1);
    }
}

/// <summary>How slices are drawn.</summary>
public sealed record SliceRenderOptions
{
    /// <summary>Soft tissue, 1 mm pixels, the whole slice.</summary>
    public static SliceRenderOptions Default { get; } = new();

    /// <summary>The grey scale of the CT.</summary>
    public WindowPreset Window { get; init; } = WindowPreset.SoftTissue;

    /// <summary>The side of a square pixel, in mm.</summary>
    public double PixelMm { get; init; } = 1;

    /// <summary>The side of the square around the position that is shown, in mm; 0 shows the whole slice.</summary>
    public double FieldOfViewMm { get; init; }

    /// <summary>The colours of the anomaly map.</summary>
    public ColorMap Colors { get; init; } = ColorMap.Inferno;

    /// <summary>The scores of the colour map's ends; null takes <see cref="ScoreRange.Of"/>. Give it to compare several pictures.</summary>
    public ScoreRange? Scores { get; init; }

    /// <summary>Lower scores are not drawn; null draws everything above the range's low end.</summary>
    public double? Threshold { get; init; }

    /// <summary>How much of the CT the map covers, 0 to 1; less in the lowest third of the range, where the colours fade in.</summary>
    public double Opacity { get; init; } = 0.6;

    /// <summary>The colour of lesion outlines.</summary>
    public Rgb Outline { get; init; } = new(0, 255, 190);

    /// <summary>Writes the patient's sides (R L A P S I) at the picture's edges.</summary>
    public bool SideLabels { get; init; } = true;

    /// <summary>Adds a colour bar at the right where a map is drawn.</summary>
    public bool ColorBar { get; init; } = true;

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate()
    {
        Window.Validate();
        OptionException.ThrowIfOutside(nameof(PixelMm), PixelMm, 0.01, 100);
        OptionException.ThrowIfOutside(nameof(FieldOfViewMm), FieldOfViewMm, 0, 1e4);
        OptionException.ThrowIfOutside(nameof(Opacity), Opacity, 0, 1);
        if (Scores is { } range && !(range.Low < range.High && double.IsFinite(range.High - range.Low)))
            throw new OptionException(nameof(Scores), $"{range.Low} to {range.High}", "two finite scores, the lower first");
    }
}
