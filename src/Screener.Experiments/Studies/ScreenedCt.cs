using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Inference;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Studies;

/// <summary>One CT that was screened: its map and what stands out in it.</summary>
/// <param name="Scan">The CT and the patient in it.</param>
/// <param name="Method">The name of what made the map.</param>
/// <param name="Map">The scores, on the CT's grid.</param>
/// <param name="Scores">The map in a few numbers.</param>
/// <param name="Findings">The map's highest places.</param>
public sealed record ScreenedCt(PatientScan Scan, string Method, AnomalyMap Map, MapSummary Scores, Findings Findings)
{
    /// <summary>Refuses what is no CT of a patient.</summary>
    /// <returns>What its reader noted, and what else is unusual, a sentence each.</returns>
    /// <exception cref="VolumeFormatException">It is none.</exception>
    public static IReadOnlyList<string> Require(CtVolume ct)
    {
        ArgumentNullException.ThrowIfNull(ct);
        return [.. ct.Notes, .. HounsfieldCheck.Require(ct)];
    }

    /// <summary>Finds the patient.</summary>
    /// <exception cref="VolumeFormatException">There is none.</exception>
    public static PatientScan FindBody(CtVolume ct, ComputeOptions compute, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        var scan = PatientScan.Of(ct, compute, cancellation);
        return scan.Body.Count > 0
            ? scan
            : throw new VolumeFormatException(
                ct.Source, "no body in it", "a CT of a patient", "Look at the volume with 'screener info'.");
    }

    /// <summary>Screens a CT.</summary>
    /// <param name="scan">The CT and the patient in it.</param>
    /// <param name="method">Makes the map.</param>
    /// <param name="options">Which places become findings.</param>
    /// <param name="organs">Labels on the CT's grid, for each finding's organ; null where there are none.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="ScreenerException">Grids differ, or scores are not finite.</exception>
    public static ScreenedCt Of(
        PatientScan scan, AnomalyMethod method, FindingOptions options, LabelVolume? organs = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(options);
        options.Require(method);
        var map = method.Map(scan, progress, cancellation);
        return new ScreenedCt(
            scan, method.Name, map, MapSummary.Of(map, scan.Body), Findings.Of(map, scan.Body, options, scan.Ct, organs));
    }

    /// <summary>Writes the map as NIfTI; the unit stands in its description.</summary>
    /// <param name="path">A name that ends in .nii or .nii.gz.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <param name="inSteps">As int16 with a scale, in place of float32.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void WriteMap(string path, CancellationToken cancellation = default, bool inSteps = false)
    {
        string description = $"Screener: {Method}, {Words.UnitOf(Map)}";
        if (inSteps)
            NiftiWriter.WriteInSteps(path, Map, description, null, cancellation, Scan.Compute.ThreadCount);
        else
            NiftiWriter.Write(path, Map, description, null, cancellation, Scan.Compute.ThreadCount);
    }
}
