using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;
using Screener.Phantoms;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Lessons;

/// <summary>A patient that a lesson shows.</summary>
/// <param name="About">Who it is and what is known of the lesions, in a sentence or two.</param>
/// <param name="Ct">The CT.</param>
/// <param name="Lesions">The known lesions, on the CT's grid; null if nothing is known.</param>
public sealed record LessonPatient(string About, CtVolume Ct, LesionMask? Lesions)
{
    /// <summary>The organs, with their names; null where they are not known.</summary>
    public LabelVolume? Organs { get; init; }

    /// <summary>Reads a CT and what four radiologists drew into it.</summary>
    /// <param name="path">A NIfTI file, or a folder, zip or file of DICOM.</param>
    /// <param name="annotations">The LIDC-IDRI XML file of this DICOM series; empty for none.</param>
    /// <param name="readers">The formats that are read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="ScreenerException">The CT or its annotations cannot be read.</exception>
    internal static LessonPatient Read(string path, string annotations, VolumeReaders readers, CancellationToken cancellation)
    {
        path = Path.GetFullPath(path);
        if (annotations.Length == 0)
        {
            var ct = readers.Read(path, cancellation: cancellation);
            string notes = string.Concat(ct.Notes.Concat(HounsfieldCheck.Require(ct)).Select(n => " " + n));
            return new LessonPatient($"{Path.GetFileName(path)}: a CT of which no lesion is known.{notes}", ct, null);
        }

        var lidc = LidcPatient.Read(path, annotations, cancellation);
        var nodules = LidcConsensus.Of(lidc.Reading, lidc.Series).Mask;
        return new LessonPatient(
            Invariant(
                $"{lidc.Series.Series.PatientId}: a patient of LIDC-IDRI. {lidc.Reading.Readers.Count} radiologists looked for nodules; ")
                + Invariant($"at least half of them drew {nodules.Count * nodules.Grid.VoxelVolume / 1000:0.0} ml."),
            lidc.Series.Volume,
            nodules);
    }

    /// <summary>A phantom, of which everything is known.</summary>
    internal static LessonPatient Of(PhantomPatient phantom) => new(
        Invariant(
            $"A phantom, seed {phantom.Seed}: not a patient, but computed. Its {phantom.LesionCount} lesions ")
            + Invariant($"({Words.Of(phantom.Pathology)}) have {phantom.Lesions.Count * phantom.Lesions.Grid.VoxelVolume / 1000:0.0} ml."),
        phantom.Volume,
        phantom.Lesions) { Organs = phantom.Organs };
}
