namespace Screener.Imaging;

/// <summary>Reads CT volumes of one family of formats. Readers for further formats join <see cref="VolumeReaders"/> by this interface.</summary>
public interface IVolumeReader
{
    /// <summary>The family's name, for messages: "NIfTI-1", "DICOM".</summary>
    string Name { get; }

    /// <summary>True if <paramref name="path"/> (a file or a folder) looks like this reader's format. Looks at names and first bytes only, and never throws for a bad file.</summary>
    bool CanRead(string path);

    /// <summary>Reads the one CT volume at <paramref name="path"/>.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="options">What to pick where a path holds several volumes.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The volume in the file's own orientation, HU.</returns>
    /// <exception cref="Errors.ScreenerException">The file is damaged, unsupported or ambiguous.</exception>
    CtVolume Read(string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default);
}

/// <summary>What to pick where a path holds several volumes.</summary>
public sealed record VolumeReadOptions
{
    /// <summary>The defaults: the one series there is.</summary>
    public static VolumeReadOptions Default { get; } = new();

    /// <summary>Instead of a UID: all CT images of one study are one series, whatever their series UIDs.</summary>
    public const string AllSeries = "all";

    /// <summary>What the command line calls <see cref="SeriesUid"/>, for messages.</summary>
    internal const string SeriesOption = "--series";

    /// <summary>DICOM: the SeriesInstanceUID to read, or <see cref="AllSeries"/>; null where the folder holds one series.</summary>
    public string? SeriesUid { get; init; }
}
