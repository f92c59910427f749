using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Screener.Tests;

/// <summary>
/// What a thread has computed, for bounds that hold beside any load. The time on the clock where the system does not tell.
/// </summary>
internal static class ProcessorTime
{
    /// <summary>Of the calling thread so far.</summary>
    internal static TimeSpan OfThread
    {
        get
        {
            const int ThreadClock = 3;
            return OperatingSystem.IsLinux() && clock_gettime(ThreadClock, out var time) == 0
                ? TimeSpan.FromSeconds((long)time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000)
                : Stopwatch.GetElapsedTime(0);
        }
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out TimeSpec time);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
