namespace Screener.Errors;

/// <summary>A DICOM file's pixels are in a compression that is not read here; another reader or a converter may.</summary>
public sealed class CompressedPixelsException(string path, string found, string expected, string remedy)
    : VolumeFormatException(path, found, expected, remedy);
