using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Screener.Kernel;

/// <summary>Notices when the front end that started the kernel is gone, so that no kernel stays behind without anybody to stop it.</summary>
internal static class ParentWatch
{
    /// <summary>The environment variable in which Jupyter gives its process id.</summary>
    internal const string Variable = "JPY_PARENT_PID";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Ends when the parent has; never where there is none, or none that can be seen from here.</summary>
    /// <param name="id">The variable's value.</param>
    /// <param name="stop">Ends the watch.</param>
    internal static async Task EndAsync(string? id, CancellationToken stop)
    {
        using var parent = int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 1 ? Find(number) : null;
        if (parent is null)
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
            return;
        }

        var started = parent.StartTime;
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            // The id may belong to another process by now.
            using var now = Find(number);
            if (now is null || now.StartTime != started)
                return;
        }
    }

    private static Process? Find(int id)
    {
        try
        {
            var process = Process.GetProcessById(id);
            _ = process.StartTime;
            return process;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // Gone, or never there.
            return null;
        }
    }
}
