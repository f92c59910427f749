namespace Screener.Cli.Cluster;

/// <summary>One job of a cluster: a command line of this program, once or in parts.</summary>
/// <param name="Name">What it is called, in small letters and dashes.</param>
/// <param name="Line">The words after <c>screener</c>.</param>
/// <param name="Parts">How many parts it is divided into; 0 for a single job.</param>
/// <param name="Threads">Processor threads of each.</param>
/// <param name="MemoryGb">Memory of each.</param>
/// <param name="Hours">Time for each, on the clock.</param>
/// <param name="After">The jobs that must have ended well.</param>
internal sealed record ClusterJob(
    string Name, IReadOnlyList<string> Line, int Parts, int Threads, int MemoryGb, double Hours, params IReadOnlyList<string> After)
{
    /// <summary>A word as a shell reads it back.</summary>
    internal static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,:=+%@".Contains(c, StringComparison.Ordinal))
            ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
