using System.Globalization;
using Screener.Imaging.Dicom;

namespace Screener.Datasets.Layouts;

/// <summary>What the cases of DICOM datasets have in common.</summary>
internal static class DicomCases
{
    // Slices of CT have 512 x 512 pixels, with few exceptions that are smaller or four times as large.
    private const long UsualSlice = 512 * 512;

    internal static long EstimateVoxels(SeriesFolder folder)
    {
        // Uncompressed files tell by their length: two bytes a pixel.
        long bytes = folder.Files.Count == 0 ? 0 : folder.Files.Max(f => f.Length);
        return folder.Images * (folder.IsZip ? UsualSlice : Math.Max(UsualSlice, bytes / 2));
    }

    internal static IReadOnlyDictionary<string, string> Provenance(
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
