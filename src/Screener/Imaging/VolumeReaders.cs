using Screener.Errors;
using Screener.Imaging.Dicom;

namespace Screener.Imaging;

/// <summary>The readers in the order in which they are asked; the first that recognises a path reads it.</summary>
/// <param name="readers">The readers, most specific first.</param>
public sealed class VolumeReaders(params IReadOnlyList<IVolumeReader> readers)
{
    /// <summary>Reads the CT volume at <paramref name="path"/>, a file or a folder.</summary>
    /// <exception cref="MissingInputException">The path does not exist.</exception>
    /// <exception cref="VolumeFormatException">No reader recognises it, or its reader refuses it.</exception>
    /// <exception cref="SeriesRejectedException">The files do not make one volume.</exception>
    public CtVolume Read(string path, VolumeReadOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (InputFile.SpecialKind(path) is { } kind)
            throw new MissingInputException(path, kind, "a CT file or a folder with a DICOM series", "Check the path.");
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new MissingInputException(path, "nothing there", "a CT file or a folder with a DICOM series", "Check the path.");
        foreach (var reader in readers)
        {
            if (reader.CanRead(path))
                return reader.Read(path, options ?? VolumeReadOptions.Default, progress, cancellation);
        }

        string formats = string.Join(" or ", readers.Select(r => r.Name));
        try
        {
            throw Directory.Exists(path) ? Folder(path, formats)
                : DicomContainer.IsZip(path) ? Zip(path)
                : new VolumeFormatException(path, "an unknown format", formats, "Convert it, for example with dcm2niix or SimpleITK.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(
                path, e.Message.TrimEnd('.'), "a file or a folder that can be read", "Check its permissions.", e);
        }
    }

    private static VolumeFormatException Folder(string path, string formats)
    {
        _ = DicomContainer.Of(path); // Says which folder in it cannot be read, if that is why.
        string? zip = Directory.EnumerateFiles(path, "*.zip").Order(StringComparer.Ordinal).FirstOrDefault();
        return zip is null
            ? new VolumeFormatException(
                path, "a folder without a CT series", $"one CT: {formats}", "Check the path; of a folder of several CTs, name one.")
            : new VolumeFormatException(
                path, $"a folder without a CT series but with {Path.GetFileName(zip)}", $"one CT: {formats}",
                $"Name the zip itself: {zip}");
    }

    // What a zip without DICOM has in it instead.
    private static VolumeFormatException Zip(string path)
    {
        const string Expected = "a zip of DICOM files";
        try
        {
            using var zip = InputFile.OpenZip(path);
            string[] inside = [.. zip.Entries.Select(e => e.FullName).Where(n => !n.EndsWith('/'))];
            string? other = inside.FirstOrDefault(n => EndsWithAny(n, ".zip", ".nii", ".nii.gz"));
            return other is null
                ? new VolumeFormatException(path, $"a zip of {inside.Length} files, none of them DICOM", Expected, "Check the path.")
                : new VolumeFormatException(
                    path, EndsWithAny(other, ".zip") ? $"a zip in a zip: {other}" : $"a zip with the NIfTI file {other}", Expected,
                        $"Unpack it and name {Path.GetFileName(other)}.");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            return new VolumeFormatException(
                path, $"a damaged zip ({e.Message.TrimEnd('.')})", Expected,
                "Fetch the zip again from its source, or unpack it and pass the folder.", e);
        }
    }

    private static bool EndsWithAny(string name, params ReadOnlySpan<string> endings)
    {
        foreach (string ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
