using System.Text.RegularExpressions;

namespace Screener.Kernel.Packages;

/// <summary>A package that a cell asks for.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">A version, a range or a pattern such as <c>*-*</c>, as NuGet writes them.</param>
internal sealed partial record PackageRequest(string Id, string Version)
{
    // The newest stable one.
    private const string Any = "*";

    /// <summary>Whether any version will do that fits a pattern.</summary>
    public bool IsFloating => Version.Contains('*', StringComparison.Ordinal);

    /// <summary>Whether one version is asked for, and no other.</summary>
    public bool IsOne => !IsFloating && !Version.StartsWith('[') && !Version.StartsWith('(');

    /// <summary>Reads <c>nuget: ID</c> or <c>nuget: ID, VERSION</c>.</summary>
    /// <exception cref="PackageException">It is neither.</exception>
    public static PackageRequest Parse(string argument)
    {
        var text = argument["nuget:".Length..];
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var id = (comma < 0 ? text : text[..comma]).Trim();
        var version = comma < 0 ? "" : text[(comma + 1)..].Trim();
        if (!PackageId().IsMatch(id) || version.AsSpan().ContainsAny("<>&\"';"))
            throw new PackageException($"#r \"{argument}\" names no package; expected #r \"nuget: ID\" or #r \"nuget: ID, VERSION\".");
        return new PackageRequest(id, version.Length == 0 ? Any : version);
    }

    [GeneratedRegex(@"^[\p{L}\d_][\p{L}\d_.\-]*$")]
    private static partial Regex PackageId();
}
