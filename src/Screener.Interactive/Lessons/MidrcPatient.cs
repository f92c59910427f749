using Screener.Annotations;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Interactive.Lessons;

/// <summary>A CT series with what was drawn in it, as MIDRC-RICORD-1a has it.</summary>
/// <param name="About">Who it is, in a sentence or two.</param>
/// <param name="Series">The series.</param>
/// <param name="Drawn">The annotations of this series.</param>
/// <param name="IsReal">False for a phantom with invented annotations.</param>
public sealed record MidrcPatient(string About, DicomSeriesVolume Series, IReadOnlyList<MdaiAnnotation> Drawn, bool IsReal)
{
    /// <summary>The first usable series of a raw folder.</summary>
    /// <exception cref="ScreenerException">There is none, or a file cannot be read.</exception>
    internal static MidrcPatient Read(string rawFolder, bool isReal, CancellationToken cancellation)
    {
        var manifest = DatasetCatalogue.Find("midrc-ricord-1a");
        var found = DatasetCheck.Of(manifest, rawFolder, null, cancellation).Cases.FirstOrDefault(c => c.Problem is null)
            ?? throw new MissingInputException(
                rawFolder, "no usable series with annotations", "at least one",
                $"'screener data check {manifest.Id}' tells what is wrong.");
        var json = found.Files.First(f => f.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        var slice = found.Files.First(f => f != json);
        string path = slice.Entry is null ? Path.GetDirectoryName(slice.Path)! : slice.Path;
        var bySeries = MdaiAnnotations.Read(json.Path).Drawn.ToLookup(a => a.SeriesUid);
        var reader = new DicomSeriesReader();
        string series = reader.List(path, cancellation).First(s => bySeries.Contains(s.SeriesUid)).SeriesUid;
        var volume = reader.ReadSeries(path, new VolumeReadOptions { SeriesUid = series }, null, cancellation);
        return new MidrcPatient(
            isReal
                ? $"{volume.Series.PatientId}: a patient of {manifest.Name}."
                : $"{volume.Series.Description}: not a patient, but computed; what is drawn is invented from its truth.",
            volume, [.. bySeries[series]], isReal);
    }
}
