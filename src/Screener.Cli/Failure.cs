using Screener.Errors;

namespace Screener.Cli;

/// <summary>How a command ended that did not succeed.</summary>
/// <param name="ExitCode">1 failed or stopped, 2 wrong usage.</param>
/// <param name="Message">One line, or one per mistake in the command line.</param>
/// <param name="Json">What <c>--json</c> prints.</param>
internal sealed record Failure(int ExitCode, string Message, object Json)
{
    internal const int Failed = 1, WrongUsage = 2, SomeRefused = 3;

    /// <summary>The failure behind an exception.</summary>
    internal static Failure Of(Exception exception, Verb verb, bool verbose)
    {
        while (exception is AggregateException { InnerException: { } inner })
            exception = inner;
        return exception switch
        {
            OperationCanceledException => Stopped(
                verb.IsResumable || exception is ResumableStopException ? "Stopped. The same command goes on from here." : "Stopped."),
            ScreenerException e => new Failure(
                e is OptionException ? WrongUsage : Failed, $"error: {e.Message}",
                Report(e.GetType().Name, e.Message, new { e.Subject, e.Found, e.Expected, e.Remedy })),
            OutOfMemoryException => Plain(exception, "not enough memory. Close other programs, or use a smaller volume or profile."),
            IOException or UnauthorizedAccessException => Plain(exception, exception.Message),
            _ => Unexpected(exception, verbose),
        };
    }

    /// <summary>A command line that makes no sense.</summary>
    internal static Failure Usage(IEnumerable<string> mistakes, string help)
    {
        var list = mistakes.ToList();
        string message = string.Join(Environment.NewLine, list.Select(m => $"error: {OneLine(m)}").Append($"See: {help}"));
        return new Failure(WrongUsage, message, Report("Usage", string.Join(" ", list), new { Mistakes = list }));
    }

    private static Failure Stopped(string message) => new(Failed, message, Report("Stopped", message, null));

    private static Failure Plain(Exception exception, string message) =>
        new(Failed, $"error: {OneLine(message)}", Report(exception.GetType().Name, OneLine(message), null));

    private static Failure Unexpected(Exception exception, bool verbose)
    {
        string line = $"error: {exception.GetType().Name}: {OneLine(exception.Message)} This is a defect of Screener; "
            + (verbose ? "please report it with what follows." : "please report it with the output of the same command and --verbose.");
        return new Failure(
            Failed, verbose ? line + Environment.NewLine + exception : line,
            Report(exception.GetType().Name, OneLine(exception.Message), null));
    }

    private static object Report(string kind, string message, object? details) => new
    {
        ok = false, error = new { kind, message, details },
    };

    private static string OneLine(string text) => string.Join(
        ' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
