using System.Diagnostics;

namespace Screener.Runtime;

/// <summary>What this process takes from the machine.</summary>
public static class ProcessMemory
{
    /// <summary>The most memory that was ever resident, bytes; it never falls.</summary>
    public static long PeakBytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}
