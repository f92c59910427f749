using static System.FormattableString;

namespace Screener.Cli;

/// <summary>How long work will take, told once, when enough of it has been measured.</summary>
internal sealed class Forecast
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(1), Least = TimeSpan.FromSeconds(10);

    private (double Fraction, TimeSpan Time)? _first;
    private bool _told;

    /// <summary>The time that is left.</summary>
    /// <param name="fraction">How far the work is, 0 to 1.</param>
    /// <param name="elapsed">The time since it began.</param>
    /// <returns>Null unless this is the first report a second after the first one of all, and at least ten seconds are left.</returns>
    /// <remarks>What came before the first report does not count: files were opened, or an interrupted run was gone on with.</remarks>
    internal TimeSpan? Of(double fraction, TimeSpan elapsed)
    {
        var (from, began) = _first ??= (fraction, elapsed);
        if (_told || elapsed - began < Measured || fraction <= from || fraction >= 1)
            return null;
        _told = true;
        var left = (elapsed - began) * ((1 - fraction) / (fraction - from));
        return left >= Least ? left : null;
    }

    /// <summary>"about 40 seconds", "about 12 minutes", "about 3.5 hours".</summary>
    internal static string Words(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => Invariant($"about {10 * Math.Round(time.TotalSeconds / 10):0} seconds"),
        { TotalMinutes: < 90 } => Invariant($"about {time.TotalMinutes:0} minutes"),
        _ => Invariant($"about {time.TotalHours:0.0} hours"),
    };
}
