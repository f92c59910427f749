namespace Screener.Errors;

/// <summary>A checkpoint or model file is damaged, of another version, or does not fit what it is used for.</summary>
public sealed class ModelFileException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
