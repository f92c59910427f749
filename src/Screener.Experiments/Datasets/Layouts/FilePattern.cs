using System.Text.RegularExpressions;

namespace Screener.Datasets.Layouts;

/// <summary>The end of a path with <c>{id}</c> for the case and <c>*</c> for anything within a name.</summary>
internal sealed class FilePattern
{
    private readonly Regex _expression;

    /// <param name="pattern">The pattern.</param>
    /// <param name="id">What a case's name may be, as a regular expression.</param>
    internal FilePattern(string pattern, string id) => _expression = new Regex(
        "(^|/)" + Regex.Escape(pattern).Replace(@"\{id}", $"(?<id>{id})", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    /// <summary>The case that a path belongs to; null if it is not of this pattern.</summary>
    internal string? IdOf(string path) => _expression.Match(path) is { Success: true } match ? match.Groups["id"].Value : null;
}
