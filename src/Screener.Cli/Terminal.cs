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

    /// <summary>Text without control characters but ends of lines and tabs: names out of a file must not steer the terminal.</summary>
    internal static string Printable(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = char.IsControl(source[i]) && source[i] is not ('\n' or '\r' or '\t') ? ' ' : source[i];
    });
}
