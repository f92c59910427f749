namespace Screener.Tests.Imaging.Dicom;

/// <summary>A program of dcmtk or gdcm that writes files for the reader; the running test is skipped where it is missing.</summary>
internal static class ConverterTool
{
    /// <summary>Runs "tool argument argument in out".</summary>
    public static void Run(string commandLine, string input, string output)
    {
        string[] parts = commandLine.Split(' ');
        var (code, text) = DicomTool.Run(parts[0], [.. parts[1..], input, output]);
        Assert.True(code == 0 && File.Exists(output), $"{commandLine} failed: {text}");
    }
}
