using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using static System.FormattableString;

namespace Screener.Interactive.Lessons;

/// <summary>A CT series with what readers outlined in it, as LIDC-IDRI has them.</summary>
/// <param name="About">Who it is and who read it, in a sentence or two.</param>
/// <param name="Series">The series.</param>
/// <param name="Reading">What the readers marked.</param>
/// <param name="IsReal">False for a phantom with invented readers.</param>
public sealed record LidcPatient(string About, DicomSeriesVolume Series, LidcReading Reading, bool IsReal)
{
    /// <summary>How many of the readers enclose each voxel, in words, on the series' grid.</summary>
    public LabelVolume Agreement()
    {
        var grid = Series.Volume.Grid;
        var votes = new byte[grid.Shape.CheckedLength()];
        foreach (var reader in Reading.Readers)
        {
            byte[] drawn = LidcConsensus.Of(Reading with { Readers = [reader] }, Series, 1).Mask.Voxels;
            for (int i = 0; i < votes.Length; i++)
                votes[i] += drawn[i];
        }

        return new LabelVolume(grid, votes)
        {
            Names = Enumerable.Range(0, Reading.Readers.Count + 1).ToDictionary(
                n => (byte)n, n => Invariant($"{n} of {Reading.Readers.Count} readers drew here")),
        };
    }

    /// <summary>Reads a series and its XML file.</summary>
    /// <exception cref="ScreenerException">One of them cannot be read.</exception>
    internal static LidcPatient Read(string path, string annotations, CancellationToken cancellation)
    {
        var reading = LidcXmlReader.Read(Path.GetFullPath(annotations));
        var options = new VolumeReadOptions { SeriesUid = reading.SeriesUid.Length > 0 ? reading.SeriesUid : null };
        var series = new DicomSeriesReader().ReadSeries(Path.GetFullPath(path), options, null, cancellation);
        return new LidcPatient(
            $"{series.Series.PatientId}: a patient of LIDC-IDRI, read by {reading.Readers.Count} radiologists.", series, reading, true);
    }

    /// <summary>A phantom that was written as a series, read by nobody: four readings are made from its truth.</summary>
    /// <param name="series">The phantom's series.</param>
    /// <param name="truth">Its lesions, in any orientation.</param>
    internal static LidcPatient Invent(DicomSeriesVolume series, LesionMask truth) => new(
        Invariant($"{series.Series.Description}: not a patient, but computed; its {InventedReaders.Count} readers are invented."),
        series,
        InventedReaders.Of(series, truth),
        false);
}
