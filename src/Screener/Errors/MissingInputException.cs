namespace Screener.Errors;

/// <summary>A file or folder that was named does not exist, cannot be read, or holds nothing usable.</summary>
public sealed class MissingInputException(string path, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(path, found, expected, remedy, inner);
