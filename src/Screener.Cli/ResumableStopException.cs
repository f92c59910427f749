namespace Screener.Cli;

/// <summary>Work was stopped that the same command goes on with, where not all that its verb does is so.</summary>
internal sealed class ResumableStopException(OperationCanceledException inner)
    : OperationCanceledException(inner.Message, inner, inner.CancellationToken);
