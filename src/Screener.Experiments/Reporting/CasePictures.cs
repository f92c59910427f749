using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Reporting;

/// <summary>
/// A folder with a picture of each evaluated case: the slice with most lesion voxels, without and with the map that reports show.
/// </summary>
/// <param name="folder">The folder; made when the first picture is drawn.</param>
public sealed class CasePictures(string folder)
{
    /// <summary>How to read the pictures.</summary>
    public const string Note = "The slice with most lesion voxels, without and with the anomaly map; lesions outlined. Colours from the "
        + "body's median score to its 99.9th percentile.";

    /// <summary>Draws a case if this is the map that reports show; to be handed to <see cref="EvaluationProtocol.Run"/>.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="seen">The map.</param>
    /// <exception cref="OutputException">The picture cannot be written.</exception>
    public void See(IAnnotatedCohort cohort, EvaluatedMap seen)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(seen);
        if (seen.IsShown)
            PngImage.Save(
                MapPicture.Draw(seen.Ct, seen.Map, seen.Body, seen.Lesions, WindowPreset.Of(cohort.Manifest.Window)),
                PathOf(cohort.Name, seen.CaseId));
    }

    /// <summary>The picture of a case, PNG.</summary>
    /// <param name="cohort">The cohort's name.</param>
    /// <param name="caseId">The case.</param>
    /// <exception cref="MissingInputException">It was not drawn, or cannot be read.</exception>
    public byte[] Read(string cohort, string caseId)
    {
        string file = PathOf(cohort, caseId);
        return InputFile.Reading(
            file, "the picture of an evaluated case", "Evaluate again, with pictures.", () => InputFile.ReadAllBytes(file));
    }

    private string PathOf(string cohort, string caseId) => Path.Combine(folder, cohort, caseId + ".png");
}
