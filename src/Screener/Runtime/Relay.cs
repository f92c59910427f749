namespace Screener.Runtime;

/// <summary>Passes progress on at once, on the thread that reports it; <see cref="Progress{T}"/> would post it elsewhere.</summary>
public sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
