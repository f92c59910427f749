using System.Diagnostics;

namespace Screener.Cli.Tests;

/// <summary>The program in a process of its own, killed when it has got to a certain point: what a machine reaches, not when.</summary>
internal static class KilledCommand
{
    /// <summary>Runs to the end, or to what <paramref name="reached"/> looks for.</summary>
    /// <returns>True if it ended by itself, false if kill -9 did.</returns>
    internal static async Task<bool> RunAsync(string[] arguments, Func<bool>? reached)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        _ = process.StandardOutput.ReadToEndAsync(cancellation);
        while (reached is not null && !process.HasExited)
        {
            if (reached())
            {
                process.Kill();
                await process.WaitForExitAsync(cancellation);
                return process.ExitCode == 0;
            }

            await Task.Delay(1, cancellation);
        }

        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, await error);
        return true;
    }
}
