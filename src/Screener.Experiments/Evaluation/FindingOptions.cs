using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;

namespace Screener.Evaluation;

/// <summary>Which regions of an anomaly map become findings.</summary>
public sealed record FindingOptions
{
    /// <summary>
    /// Scores above this belong to a finding. Null means <see cref="CalibratedThreshold"/> where the map is calibrated, otherwise the score
    /// that <see cref="BodyFraction"/> of the body's voxels exceed.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>The threshold of calibrated maps, -log10: what one voxel in a hundred of the population exceeds.</summary>
    public const double CalibratedThreshold = 2;

    /// <summary>
    /// The part of the calibration's voxels that score above the threshold, in place of <see cref="Threshold"/>: 0.001 means a threshold of
    /// 3. Only calibrated maps have such a rate, and less than <see cref="LeastRate"/> their tables do not hold.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rate { get; init; }

    /// <summary>The least rate.</summary>
    public const double LeastRate = 1e-5;

    /// <summary>
    /// In a calibrated map a finding is a peak that stands out by this much, -log10, and its voxels are those that are less than this below
    /// the peak: 1 means that they are at most ten times as common. 0: whole connected regions, as in maps that are not calibrated.
    /// </summary>
    public double Prominence { get; init; } = 1;

    /// <summary>The part of the body above the threshold where none is given: one voxel in a thousand.</summary>
    public double BodyFraction { get; init; } = 0.001;

    /// <summary>Smaller regions are left out, ml, and smaller lesions count in no FROC. The default is a ball of 4 mm.</summary>
    public double LeastVolumeMl { get; init; } = 0.03;

    /// <summary>The same in voxels.</summary>
    internal double LeastVoxels(VolumeGrid grid) => LeastVolumeMl * 1000 / grid.VoxelVolume;

    /// <summary>At most this many findings, those with the highest peaks.</summary>
    public int Most { get; init; } = 10;

    /// <summary>Which voxels make one region.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.TwentySix;

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        if (Threshold is { } threshold && !double.IsFinite(threshold))
            throw new OptionException(nameof(Threshold), $"{threshold}", "a finite score");
        if (Rate is { } rate)
        {
            OptionException.ThrowIfOutside(nameof(Rate), rate, LeastRate, 1);
            if (Threshold is not null)
                throw new OptionException(nameof(Rate), "a rate and a threshold", "one of them", "Leave one out.");
        }

        OptionException.ThrowIfOutside(nameof(Prominence), Prominence, 0.0, 1000);
        OptionException.ThrowIfOutside(nameof(BodyFraction), BodyFraction, 1e-9, 1);
        OptionException.ThrowIfOutside(nameof(LeastVolumeMl), LeastVolumeMl, 0.0, 1e6);
        OptionException.ThrowIfOutside(nameof(Most), Most, 1, 1_000_000);
        if (!Enum.IsDefined(Connectivity))
            throw new OptionException(nameof(Connectivity), $"{(int)Connectivity}", "6, 18 or 26");
    }

    /// <summary>Refuses a method whose maps have no findings of this kind.</summary>
    /// <exception cref="OptionException">A rate is asked for, and its maps are not calibrated.</exception>
    public void Require(AnomalyMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (Rate is not null && !method.IsCalibrated)
        {
            throw new OptionException(
                nameof(Rate), $"{method.Name}, whose scores have no unit", "a method whose scores say how rare a voxel is",
                "Choose --head ensemble, or leave it out.");
        }
    }
}
