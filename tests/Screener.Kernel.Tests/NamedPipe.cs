using System.Diagnostics;

namespace Screener.Kernel.Tests;

/// <summary>Pipes that nobody writes to: who opens one waits for ever.</summary>
internal static class NamedPipe
{
    /// <summary>Makes one; skips the running test where there are none.</summary>
    internal static async Task MakeAsync(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "named pipes are no files there");
        using var make = Process.Start("mkfifo", path);
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What comes of it, unless it waits.</summary>
    internal static Task<T> InTime<T>(Func<T> read) =>
        Task.Run(read, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
}
