namespace Screener.Errors;

/// <summary>A file is damaged, truncated, or in a format or variant that the reader does not accept.</summary>
public class VolumeFormatException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
