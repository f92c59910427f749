using System.Diagnostics;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>A program of dcmtk or gdcm that writes files for the reader; the running test is skipped where it is missing.</summary>
internal static class ConverterTool
{
    /// <summary>Runs "tool argument argument in out".</summary>
    public static void Run(string commandLine, string input, string output)
    {
        string[] parts = commandLine.Split(' ');
        string? tool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin")
            .Select(folder => Path.Combine(folder, parts[0])).FirstOrDefault(File.Exists);
        Assert.SkipWhen(tool is null, $"{parts[0]} is not here");
        var start = new ProcessStartInfo(tool!, [.. parts[1..], input, output])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && File.Exists(output), $"{commandLine} failed: {text} {error.GetAwaiter().GetResult()}");
    }
}
