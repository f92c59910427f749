namespace Screener.Errors;

/// <summary>A manifest (a list of cases with what is known about them) is damaged, of another version, or contradicts itself.</summary>
public sealed class ManifestException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
