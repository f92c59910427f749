namespace Screener.Errors;

/// <summary>A file or folder could not be written where it was asked for.</summary>
public sealed class OutputException(string path, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(path, found, expected, remedy, inner);
