using Screener.Errors;

namespace Screener.Cli;

/// <summary>A notebook, or the kernel that was to run it, failed.</summary>
internal sealed class NotebookFailedException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
