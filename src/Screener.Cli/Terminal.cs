namespace Screener.Cli;

/// <summary>Where a command writes: results to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
/// <param name="Output">Results only, so that they can be piped.</param>
/// <param name="Error">Progress, notes and errors; thread-safe.</param>
/// <param name="IsInteractive">True if <see cref="Error"/> is a screen on which bars can move.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive)
{
    /// <summary>The process's own.</summary>
    internal static Terminal OfProcess() =>
        new(Console.Out, new UnfailingWriter(Console.Error),
            !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb");
}
