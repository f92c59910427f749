using System.Diagnostics;

namespace Screener.Benchmarks;

/// <summary>What is measured on both sides: the time on the wall, or that of the processors.</summary>
/// <remarks>Where others compute as well, the processors' time with one thread is what an idle machine would take; with several
/// threads it counts those that wait in a loop.</remarks>
internal static class BenchmarkClock
{
    /// <summary>Tells a peer what to measure.</summary>
    internal const string Variable = "SCREENER_BENCHMARK_CLOCK";

    /// <summary>Whether processors' time is measured.</summary>
    internal static bool IsProcessor { get; set; }

    /// <summary>Seconds from some moment on.</summary>
    internal static double Seconds => IsProcessor
        ? Environment.CpuUsage.TotalTime.TotalSeconds
        : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
