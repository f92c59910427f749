using Screener.Errors;

namespace Screener.Cli;

/// <summary>Where temporary files go.</summary>
internal static class TemporaryFiles
{
    /// <summary>Finds out before long work whether the folder is there; TMPDIR may name one that is not.</summary>
    /// <exception cref="OutputException">It is not.</exception>
    internal static void RequireFolder()
    {
        if (!Directory.Exists(Path.GetTempPath()))
            throw new OutputException(Path.GetTempPath(), "no such folder", "a folder for temporary files", "Set TMPDIR to one with room.");
    }
}
