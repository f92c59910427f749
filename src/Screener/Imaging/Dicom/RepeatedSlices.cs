using Screener.Errors;
using static System.FormattableString;

namespace Screener.Imaging.Dicom;

/// <summary>An image at the location of another one, which was kept.</summary>
/// <param name="Header">The image.</param>
/// <param name="Kept">The one that was kept.</param>
/// <param name="Difference">The largest difference between their voxels, HU.</param>
internal sealed record RepeatedSlice(CtSliceHeader Header, CtSliceHeader Kept, float Difference);

/// <summary>Judges images that lie where another one does: a duplicate, the seam of two acquisitions, or another phase.</summary>
internal static class RepeatedSlices
{
    /// <summary>Images at the same location are the same if no voxel differs by more, HU.</summary>
    internal const float MaxDifference = 1;

    // Two acquisitions may meet in so many of the locations; if they share more, the series shows the same body twice.
    private const double MaxSeam = 0.1;

    /// <summary>The largest difference between the voxels of two images, HU.</summary>
    internal static float LargestDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float largest = 0;
        for (int i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }

    /// <summary>What was dropped.</summary>
    /// <param name="series">The series, for messages.</param>
    /// <param name="slices">The slices that were kept, in order.</param>
    /// <param name="repeats">The others.</param>
    /// <exception cref="SeriesRejectedException">Two different images claim the same location, and are no seam.</exception>
    public static IEnumerable<string> Notes(string series, IReadOnlyList<CtSliceHeader> slices, IReadOnlyList<RepeatedSlice> repeats)
    {
        var different = repeats.Where(r => r.Difference > MaxDifference).ToList();
        if (different.Count > 0 && !AreSeams(slices, different))
            throw Rejected(series, slices.Count, different);
        if (repeats.Count > different.Count)
        {
            yield return $"Dropped {repeats.Count - different.Count} of {slices.Count + repeats.Count} images as duplicates: "
                + "of the same place and the same pixels as the one that was kept.";
        }

        foreach (var seam in different.GroupBy(r => (Kept: r.Kept.Acquisition, Dropped: r.Header.Acquisition)))
        {
            string places = string.Join(", ", seam.Take(3).Select(r => Invariant($"{r.Kept.Position![2]:0.##} mm")))
                + (seam.Count() > 3 ? ", ..." : "");
            yield return $"Acquisitions {seam.Key.Kept} and {seam.Key.Dropped} meet at {places}: "
                + $"there the image of acquisition {seam.Key.Kept} was kept, "
                + $"{string.Join(", ", seam.Take(3).Select(r => r.Header.Name))} dropped. The patient may have moved between them.";
        }
    }

    // Each acquisition is one run of slices, and only a few locations are in two of them.
    private static bool AreSeams(IReadOnlyList<CtSliceHeader> slices, List<RepeatedSlice> different)
    {
        int runs = slices.Where((s, i) => i == 0 || s.Acquisition != slices[i - 1].Acquisition).Count();
        int places = different.Select(r => r.Kept).Distinct().Count();
        return different.TrueForAll(r => r.Header.Acquisition.Length > 0 && r.Kept.Acquisition.Length > 0
            && r.Header.Acquisition != r.Kept.Acquisition)
            && runs > 1 && runs == slices.Select(s => s.Acquisition).Distinct().Count() && places <= Math.Max(1, MaxSeam * slices.Count);
    }

    private static SeriesRejectedException Rejected(string series, int locations, List<RepeatedSlice> different)
    {
        var first = different[0];
        int places = different.Select(r => r.Kept).Distinct().Count();
        string acquisitions = first.Kept.Acquisition == first.Header.Acquisition ? ""
            : $" (acquisitions {first.Kept.Acquisition} and {first.Header.Acquisition})";
        return new SeriesRejectedException(
            series,
            $"two different images at the same location, {first.Kept.File} and {first.Header.File}{acquisitions}: "
                + Invariant($"up to {first.Difference:0} HU apart; so at {places} of {locations} locations"),
            $"one image per location, or equal ones (within {MaxDifference} HU)",
            places > locations / 2
                ? "The series holds several phases or reconstructions: separate them into folders, or choose another series."
                : "Find out which of them belong to the series and leave the others out, or choose another series.");
    }
}
