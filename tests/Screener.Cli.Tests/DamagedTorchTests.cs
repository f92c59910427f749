using System.Diagnostics;
using Screener.Runtime;

namespace Screener.Cli.Tests;

/// <summary>A program whose native library is damaged still does all that needs no torch.</summary>
public sealed class DamagedTorchTests
{
    [Fact]
    public async Task TheFirstUseOfTorchSaysWhatIsWrong()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && MendedTorchSharp.IsNeeded(), "this system loads TorchSharp's library as it is");
        using var folder = new TemporaryFolder();
        string program = CopyWithDamage(folder["program"]);

        var phantom = await Run(program, folder, "phantom", "--out", folder["phantoms"], "--cohort", "train", "--cases", "1");
        Assert.True(phantom.ExitCode == 0, phantom.Error);
        string ct = Directory.EnumerateFiles(folder["phantoms"], "ct.nii.gz", SearchOption.AllDirectories).First();

        var screen = await Run(program, folder, "screen", ct, "--out", folder["map.nii.gz"]);
        Assert.NotEqual(0, screen.ExitCode);
        Assert.Contains(Path.Combine("native", TorchNatives.TorchSharpFile), screen.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("TypeInitializationException", screen.Error, StringComparison.Ordinal);
    }

    // The program's own files are copied, everything else is linked to, and TorchSharp's library is no library.
    private static string CopyWithDamage(string target)
    {
        string source = Path.GetDirectoryName(typeof(Program).Assembly.Location)!;
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (Path.GetFileName(file) == TorchNatives.TorchSharpFile)
                File.WriteAllText(copy, "damaged");
            else if (Path.GetFileName(file).StartsWith("Screener.Cli.", StringComparison.Ordinal))
                File.Copy(file, copy);
            else
                File.CreateSymbolicLink(copy, file);
        }

        return Path.Combine(target, "Screener.Cli.dll");
    }

    private static async Task<(int ExitCode, string Error)> Run(string program, TemporaryFolder folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder.FullName })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await error);
    }
}
