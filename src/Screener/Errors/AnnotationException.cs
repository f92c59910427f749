namespace Screener.Errors;

/// <summary>An annotation file is damaged, of another kind, or belongs to other images.</summary>
public sealed class AnnotationException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
