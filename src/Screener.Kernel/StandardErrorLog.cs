using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Screener.Kernel;

/// <summary>Writes the kernel's own log to the standard error that it was started with: the front end's terminal, not a cell.</summary>
/// <param name="writer">The stream, taken before cells get one of their own.</param>
/// <param name="least">The least level that is written.</param>
internal sealed class StandardErrorLog(TextWriter writer, LogLevel least) : ILogger
{
    private readonly TextWriter _writer = TextWriter.Synchronized(writer);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string text = exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception}";
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[screener-csharp {DateTime.Now:HH:mm:ss} {logLevel}] {text}"));
        _writer.Flush();
    }
}
