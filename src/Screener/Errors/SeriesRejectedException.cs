namespace Screener.Errors;

/// <summary>Files are readable one by one, but together they do not make the one volume that was asked for.</summary>
public sealed class SeriesRejectedException(string series, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(series, found, expected, remedy, inner);
