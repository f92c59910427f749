using System.Globalization;
using Screener.Imaging.Dicom;

namespace Screener.Datasets.Layouts;

/// <summary>A case of a DICOM dataset: a series, and what lies beside it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Folder">The series.</param>
/// <param name="Files">The series' files, and those beside it that are read too.</param>
internal abstract record DicomCase(string Id, SeriesFolder Folder, IReadOnlyList<RawFile> Files) : DatasetCase(Id, Files)
{
    // Slices of CT have 512 x 512 pixels, with few exceptions that are smaller or four times as large.
    private const long UsualSlice = 512 * 512;

    internal override string? Patient => Folder.Series.PatientId;

    /// <summary>A series' files and one that was found beside it, in the order of their names.</summary>
    internal static IReadOnlyList<RawFile> With(SeriesFolder folder, RawFile other) =>
        [.. folder.Files.Append(other).OrderBy(f => f.Name, StringComparer.Ordinal)];

    internal override long EstimateVoxels()
    {
        // Uncompressed files tell by their length: two bytes a pixel.
        long bytes = Folder.Files.Count == 0 ? 0 : Folder.Files.Max(f => f.Length);
        return Folder.Images * (Folder.IsZip ? UsualSlice : Math.Max(UsualSlice, bytes / 2));
    }

    private protected static IReadOnlyDictionary<string, string> Provenance(
        DicomSeriesVolume series, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var provenance = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["patient"] = series.Series.PatientId,
            ["series"] = series.Series.SeriesUid,
            ["slices"] = series.Slices.Count.ToString(CultureInfo.InvariantCulture),
            ["study"] = series.Series.StudyUid,
        };
        foreach (var (name, value) in more)
            provenance[name] = value;
        return provenance;
    }
}
