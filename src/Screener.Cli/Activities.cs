using Microsoft.Extensions.Logging;
using Screener.Errors;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Screener.Cli;

/// <summary>
/// Shows what is going on: bars on a screen, lines in a log, nothing with <c>--quiet</c>. What takes under a second is not shown.
/// </summary>
internal abstract class Activities : ILogger
{
    /// <summary>Starts to show something; dispose it when it is done.</summary>
    internal Activity Begin(string title) => Start(PrintableText.Line(title));

    /// <summary>Writes a line.</summary>
    internal void Note(string text) => Write(PrintableText.Line(text));

    /// <summary>Runs <paramref name="body"/> with the activities that suit the terminal.</summary>
    internal static async Task<T> RunAsync<T>(Terminal terminal, Settings settings, Func<Activities, T> body)
    {
        if (settings.Quiet)
            return await Task.Run(() => body(new SilentActivities()));
        if (!terminal.IsInteractive)
            return await Task.Run(() => body(new PlainActivities(terminal.Error, settings.Verbose)));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return await console.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(progress => Task.Run(() => body(new LiveActivities(console, progress, settings.Verbose))));
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => IsEnabled(logLevel);

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void ILogger.Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Note(formatter(state, exception));
    }

    private protected abstract Activity Start(string title);

    private protected abstract void Write(string line);

    private protected abstract bool IsEnabled(LogLevel level);
}

/// <summary>Something that takes a while.</summary>
internal abstract class Activity : IProgress<double>, IDisposable
{
    // Shorter ones would only flicker.
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Forecast _forecast = new();

    /// <summary>Tells how far it is, 0 to 1.</summary>
    public void Report(double value) => Report(value, "");

    /// <summary>Tells how far it is, 0 to 1, and what to say beside it.</summary>
    internal void Report(double fraction, string detail) => Show(fraction, PrintableText.Line(detail));

    /// <summary>It is done.</summary>
    public abstract void Dispose();

    /// <summary>How long it will take from here, in words, once: when a second of it has been measured. Null otherwise.</summary>
    private protected string? Expected(double fraction, TimeSpan elapsed) => _forecast.Of(fraction, elapsed) is { } left
        ? $"{Forecast.Words(left)} on this machine"
        : null;

    private protected abstract void Show(double fraction, string detail);
}

internal sealed class SilentActivities : Activities
{
    private protected override Activity Start(string title) => new Silent();

    private protected override void Write(string line)
    {
        // --quiet: the user asked not to be told.
    }

    private protected override bool IsEnabled(LogLevel level) => false;

    private sealed class Silent : Activity
    {
        private protected override void Show(double fraction, string detail)
        {
            // --quiet: the user asked not to be told.
        }

        public override void Dispose()
        {
            // Nothing is shown, so nothing is taken away.
        }
    }
}

/// <summary>For logs and pipes: at most one line every ten seconds and activity.</summary>
internal sealed class PlainActivities(TextWriter error, bool verbose, TimeProvider? clock = null) : Activities
{
    private protected override Activity Start(string title) => new Line(error, title, clock ?? TimeProvider.System);

    private protected override void Write(string line) => error.WriteLine(line);

    private protected override bool IsEnabled(LogLevel level) => level >= (verbose ? LogLevel.Debug : LogLevel.Warning);

    private sealed class Line(TextWriter error, string title, TimeProvider clock) : Activity
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
        private readonly long _start = clock.GetTimestamp();
        private readonly Lock _turn = new();
        private TimeSpan _next = Patience;
        private string _detail = "";
        private double _fraction;

        private protected override void Show(double fraction, string detail)
        {
            lock (_turn)
            {
                (_fraction, _detail) = (fraction, detail);
                var elapsed = clock.GetElapsedTime(_start);
                if (Expected(fraction, elapsed) is { } expected)
                    error.WriteLine($"{title}: {expected}");
                if (elapsed < _next || fraction >= 1)
                    return;
                _next = elapsed + Interval;
                error.WriteLine(FormattableString.Invariant($"{title}: {Math.Floor(fraction * 100):0} %{Separated(detail)}"));
            }
        }

        public override void Dispose()
        {
            var elapsed = clock.GetElapsedTime(_start);
            if (elapsed >= Patience && _fraction >= 1)
                error.WriteLine(FormattableString.Invariant($"{title}: {elapsed.TotalSeconds:0.0} s{Separated(_detail)}"));
        }

        private static string Separated(string detail) => detail.Length > 0 ? $", {detail}" : "";
    }
}

/// <summary>For screens: one moving bar per activity.</summary>
internal sealed class LiveActivities(IAnsiConsole console, ProgressContext progress, bool verbose) : Activities
{
    private protected override Activity Start(string title) => new Bar(this, progress, title);

    private protected override void Write(string line) => console.Write(new Text(line + Environment.NewLine));

    private protected override bool IsEnabled(LogLevel level) => level >= (verbose ? LogLevel.Debug : LogLevel.Warning);

    private sealed class Bar(LiveActivities owner, ProgressContext progress, string title) : Activity
    {
        private readonly long _start = TimeProvider.System.GetTimestamp();
        private readonly Lock _turn = new();
        private ProgressTask? _task;

        private protected override void Show(double fraction, string detail)
        {
            lock (_turn)
            {
                var elapsed = TimeProvider.System.GetElapsedTime(_start);
                if (Expected(fraction, elapsed) is { } expected)
                    owner.Note($"{title}: {expected}");
                if (_task is null)
                {
                    if (elapsed < Patience)
                        return;
                    _task = progress.AddTask(Markup.Escape(title));
                }

                _task.Value = 100 * fraction;
                if (detail.Length > 0)
                    _task.Description = Markup.Escape($"{title}: {detail}");
            }
        }

        public override void Dispose() => _task?.StopTask();
    }
}
