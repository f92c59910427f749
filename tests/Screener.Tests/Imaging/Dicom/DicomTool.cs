using System.Diagnostics;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>A program of dcmtk or dicom3tools that looks at a file; the running test is skipped where it is missing.</summary>
internal static class DicomTool
{
    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code, and all that it said.</returns>
    public static (int ExitCode, string Text) Run(string tool, params string[] arguments)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin")
            .Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{tool} is not here");
        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.GetAwaiter().GetResult());
    }
}
