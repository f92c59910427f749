namespace Screener.Evaluation;

/// <summary>A connected region of high scores.</summary>
/// <param name="Peak">Its highest score.</param>
/// <param name="X">Where that is: mm to the patient's right.</param>
/// <param name="Y">mm to the front.</param>
/// <param name="Z">mm to the head.</param>
/// <param name="VolumeMl">Its size above the threshold.</param>
/// <param name="MeanHu">The mean HU of its voxels; null where no CT was given.</param>
/// <param name="Organ">The label at most of its voxels; null where no labels were given, or most are unlabelled.</param>
/// <param name="OrganName">What that label is called; null where its file does not say.</param>
public sealed record Finding(
    double Peak, double X, double Y, double Z, double VolumeMl, double? MeanHu = null, byte? Organ = null, string? OrganName = null);
