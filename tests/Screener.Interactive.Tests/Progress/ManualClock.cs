namespace Screener.Interactive.Tests.Progress;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    internal void Advance(TimeSpan time) => _now += time.Ticks;
}
