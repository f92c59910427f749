namespace Screener.Cli;

/// <summary>Where a command writes: results to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
/// <param name="Output">Results only, so that they can be piped.</param>
/// <param name="Error">Progress, notes and errors; thread-safe.</param>
/// <param name="IsInteractive">True if <see cref="Error"/> is a screen on which bars can move.</param>
/// <param name="Width">The letters of a line, where <see cref="Output"/> is a screen.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive, int? Width = null)
{
    // Some terminals say 0.
    private const int NarrowestWindow = 40;

    /// <summary>The process's own.</summary>
    internal static Terminal OfProcess() =>
        new(Console.Out, new UnfailingWriter(Console.Error),
            !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
            !Console.IsOutputRedirected && Console.WindowWidth >= NarrowestWindow ? Console.WindowWidth : null);
}
