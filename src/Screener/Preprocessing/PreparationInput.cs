namespace Screener.Preprocessing;

/// <summary>A CT to prepare.</summary>
/// <param name="Id">A name for it, fit for a file.</param>
/// <param name="Path">A file or a DICOM folder.</param>
/// <param name="SeriesUid">The series, where the path holds several.</param>
public sealed record PreparationInput(string Id, string Path, string? SeriesUid = null)
{
    /// <summary>The full path, and the series if one is named.</summary>
    public string Source => SeriesUid is null ? System.IO.Path.GetFullPath(Path) : $"{System.IO.Path.GetFullPath(Path)}#{SeriesUid}";
}
