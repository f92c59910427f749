namespace Screener.Interactive.Progress;

/// <summary>A value shown in one place, which is replaced at most every <see cref="Interval"/>. For one thread at a time.</summary>
internal sealed class PacedView<T>
    where T : class
{
    private readonly TimeProvider _time;
    private readonly Action<object> _update;
    private long _shown;

    /// <summary>Shows the first value.</summary>
    /// <param name="display">Shows a value and returns how to replace it.</param>
    /// <param name="first">The value.</param>
    /// <param name="time">The clock; null means the system's.</param>
    internal PacedView(Func<T, Action<object>> display, T first, TimeProvider? time)
    {
        ArgumentNullException.ThrowIfNull(display);
        _time = time ?? TimeProvider.System;
        _shown = _time.GetTimestamp();
        _update = display(first);
    }

    /// <summary>The least time between two updates.</summary>
    internal static TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Replaces the value, unless the last one was shown a moment ago.</summary>
    /// <param name="isAwaited">True for a value that must be seen.</param>
    /// <param name="make">Makes the value, where it is shown.</param>
    internal void Show(bool isAwaited, Func<T> make)
    {
        if (!isAwaited && _time.GetElapsedTime(_shown) < Interval)
            return;
        _shown = _time.GetTimestamp();
        _update(make());
    }
}
