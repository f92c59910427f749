namespace Screener.Annotations;

/// <summary>One LIDC-IDRI annotation file: what up to four radiologists drew in one CT series.</summary>
/// <param name="SeriesUid">The series' SeriesInstanceUID; empty if the file has none.</param>
/// <param name="Readers">One per reading session.</param>
/// <param name="Source">The file, for messages.</param>
public sealed record LidcReading(string SeriesUid, IReadOnlyList<LidcReader> Readers, string Source);

/// <summary>What one radiologist marked after seeing the others' marks. Findings that are not nodules are left out.</summary>
/// <param name="Nodules">The nodules, in the file's order.</param>
public sealed record LidcReader(IReadOnlyList<LidcNodule> Nodules);

/// <summary>A nodule as one radiologist saw it.</summary>
/// <param name="Id">The reader's own number of it; says nothing about other readers' nodules.</param>
/// <param name="Contours">Outlines of a nodule of 3 mm or more; a smaller one has a single point.</param>
/// <param name="Characteristics">What the reader said of it; null for most nodules under 3 mm.</param>
public sealed record LidcNodule(string Id, IReadOnlyList<LidcContour> Contours, NoduleCharacteristics? Characteristics = null)
{
    /// <summary>True for a nodule of 3 mm or more, which was outlined.</summary>
    public bool IsOutlined => Contours.Any(c => c.Points.Count > 1);
}

/// <summary>A closed outline in one image.</summary>
/// <param name="SopInstanceUid">The image.</param>
/// <param name="Z">Its z position in mm, as the annotation gives it; less exact than the image's own.</param>
/// <param name="IsInclusion">False for a hole.</param>
/// <param name="Points">
/// Columns X and rows Y, from 0, of the traced pixels: the first ones that are <em>not</em> nodule.
/// </param>
public sealed record LidcContour(string SopInstanceUid, double Z, bool IsInclusion, IReadOnlyList<(int X, int Y)> Points);
