using Screener.Errors;

namespace Screener.Cli;

/// <summary>A stage of a chain of commands failed; it has said why.</summary>
internal sealed class StageFailedException(string stage, string found, string expected, string remedy)
    : ScreenerException(stage, found, expected, remedy);
