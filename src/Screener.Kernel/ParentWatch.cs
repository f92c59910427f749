using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Screener.Kernel;

/// <summary>
/// Notices when the front end that started the kernel is gone, so that no kernel stays behind without anybody to stop it.
/// </summary>
internal static class ParentWatch
{
    /// <summary>The environment variable in which Jupyter gives its process id.</summary>
    internal const string Variable = "JPY_PARENT_PID";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Ends when the parent has, at once if it had before; never where none is named.</summary>
    /// <param name="id">The variable's value.</param>
    /// <param name="stop">Ends the watch.</param>
    internal static async Task EndAsync(string? id, CancellationToken stop)
    {
        if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number <= 1)
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
            return;
        }

        // The id may belong to another process by now: one that began after this one.
        var started = StartOf(number);
        if (started is null || started > StartOf(Environment.ProcessId))
            return;
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            if (StartOf(number) != started)
                return;
        }
    }

    /// <summary>True if a process of this id runs.</summary>
    internal static bool IsThere(int id) => StartOf(id) is not null;

    private static DateTime? StartOf(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // Gone, or never there.
            return null;
        }
    }
}
