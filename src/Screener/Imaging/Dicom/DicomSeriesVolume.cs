using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Where one slice of a volume came from.</summary>
/// <param name="Index">Its position along D.</param>
/// <param name="SopInstanceUid">The image's SOPInstanceUID, by which annotations refer to it; empty if the file has none.</param>
/// <param name="Position">World position (RAS+, mm) of the centre of its pixel (0, 0), as the file gives it.</param>
/// <param name="File">Its file; in a zip, the zip's path and the entry's name.</param>
public sealed record SliceProvenance(int Index, string SopInstanceUid, (double X, double Y, double Z) Position, string File)
{
    /// <summary>The slice's z position in mm: the third number of ImagePositionPatient, the same in LPS and RAS.</summary>
    public double Z => Position.Z;
}

/// <summary>A CT series read as a volume, with the origin of each slice.</summary>
public sealed class DicomSeriesVolume
{
    private readonly Dictionary<string, int> _index = [];
    private readonly SeriesPlan _plan;
    private readonly Func<IReadOnlySet<DicomTag>, DicomDataSet> _readAgain;

    internal DicomSeriesVolume(
        CtVolume volume, DicomSeriesSummary series, SeriesPlan plan, Func<IReadOnlySet<DicomTag>, DicomDataSet> readAgain)
    {
        (_plan, _readAgain) = (plan, readAgain);
        Volume = volume;
        Series = series;
        Slices = [
            .. plan.Slices.Select(
                (s, i) => new SliceProvenance(i, s.SopInstanceUid, (-s.Position![0], -s.Position[1], s.Position[2]), s.File))];
        // An annotation may refer to a dropped image that shows the same: it finds the one that was kept. A UID of several places says
        // nothing.
        var images = plan.Slices.Select((s, i) => (Uid: s.SopInstanceUid, Index: i))
            .Concat(plan.Repeats.Select(r => (Uid: r.Header.SopInstanceUid, r.Index)));
        foreach (var group in images.Where(s => s.Uid.Length > 0).GroupBy(s => s.Uid, s => s.Index).Where(g => g.Distinct().Count() == 1))
            _index.Add(group.Key, group.First());
    }

    /// <summary>The voxels, HU.</summary>
    public CtVolume Volume { get; }

    /// <summary>The series.</summary>
    public DicomSeriesSummary Series { get; }

    /// <summary>One per index along D, in that order.</summary>
    public IReadOnlyList<SliceProvenance> Slices { get; }

    /// <summary>What was dropped, ignored or assumed while reading, one sentence each; empty for an ordinary series.</summary>
    public IReadOnlyList<string> Notes => Volume.Notes;

    /// <summary>The position along D of the image with this SOPInstanceUID, also of one dropped as equal; null if there is none.</summary>
    public int? IndexOf(string sopInstanceUid) => _index.TryGetValue(sopInstanceUid, out int index) ? index : null;

    /// <summary>What an object that is derived from the series must say of it. It holds the patient's name.</summary>
    /// <exception cref="SeriesRejectedException">The images lack UIDs by which such an object refers to them.</exception>
    /// <exception cref="ScreenerException">The first image's file cannot be read any more.</exception>
    public DicomOrigin Origin() => DicomOrigin.Of(Volume, _plan, _readAgain);
}
