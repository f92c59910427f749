namespace Screener.Errors;

/// <summary>An anomaly map and the masks it is compared with cannot be evaluated together.</summary>
public sealed class ScoreMapException(string caseId, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(caseId, found, expected, remedy, inner);
