using Screener.Errors;
using Screener.Storage;

namespace Screener.Cli;

/// <summary>The model that is meant where none is named.</summary>
internal static class DefaultModel
{
    internal const string FileName = "quick.screener";

    /// <summary>The named file; otherwise the model that came with the program. It need not be there.</summary>
    internal static string PathOf(string? named) => named ?? Path.Combine(AppContext.BaseDirectory, "Models", FileName);

    /// <summary>The named file; otherwise the model that came with the program, which has its checksum beside it.</summary>
    /// <exception cref="MissingInputException">There is none.</exception>
    internal static string Resolve(string? named) => named ?? Shipped(PathOf(null));

    /// <summary>A model that came with a program, and has its checksum beside it.</summary>
    /// <exception cref="MissingInputException">There is none.</exception>
    internal static string Shipped(string path)
    {
        if (!File.Exists(path))
            throw new MissingInputException(
                "--model", "no model named, and none came with this program", "a model file",
                "Name one with --model; 'screener fit' makes it.");
        if (!File.Exists(TensorArchive.ChecksumOf(path)))
            throw new MissingInputException(
                TensorArchive.ChecksumOf(path), "nothing there", "the checksum of the model that came with this program",
                "Install the program again.");
        return path;
    }
}
