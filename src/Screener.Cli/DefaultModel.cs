using Screener.Errors;

namespace Screener.Cli;

/// <summary>The model that is meant where none is named.</summary>
internal static class DefaultModel
{
    internal const string FileName = "quick.screener";

    /// <summary>The named file; otherwise the model that came with the program.</summary>
    /// <exception cref="MissingInputException">There is none.</exception>
    internal static string Resolve(string? named)
    {
        if (named is not null)
            return named;
        string shipped = Path.Combine(AppContext.BaseDirectory, "Models", FileName);
        if (File.Exists(shipped))
            return shipped;
        throw new MissingInputException("--model", "no model named, and none came with this program", "a model file", "Name one with --model; 'screener fit' makes it.");
    }
}
