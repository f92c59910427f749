using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.CodeAnalysis;

namespace Screener.Kernel.Completion;

/// <summary>What .NET's own types and members are for, where an SDK with its reference documentation is installed.</summary>
/// <remarks>
/// The documentation lies with the reference assemblies, whose names are not those of the assemblies that run, so all of
/// its files are searched: some 30 MB of text, once for each question of a user.
/// </remarks>
internal sealed class FrameworkDocumentation : DocumentationProvider
{
    /// <summary>The one there is.</summary>
    public static readonly FrameworkDocumentation Instance = new();

    private static readonly Lazy<string[]> Files = new(Find);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => 0;

    protected override string? GetDocumentationForSymbol(
        string documentationMemberID, CultureInfo preferredCulture, CancellationToken cancellationToken)
    {
        var head = Encoding.UTF8.GetBytes($"<member name=\"{documentationMemberID}\">");
        foreach (var file in Files.Value)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> text = File.ReadAllBytes(file);
            var start = text.IndexOf(head);
            if (start < 0)
                continue;
            var end = text[start..].IndexOf("</member>"u8);
            return end < 0 ? null : Encoding.UTF8.GetString(text.Slice(start, end + "</member>".Length));
        }

        return null;
    }

    // ROOT/packs/Microsoft.NETCore.App.Ref/VERSION/ref/net10.0/ beside ROOT/shared/Microsoft.NETCore.App/VERSION/
    private static string[] Find()
    {
        var runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        var packs = new DirectoryInfo(Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref")));
        return packs.Exists
            ? [.. packs.EnumerateDirectories().OrderByDescending(version => version.Name, StringComparer.Ordinal).Take(1)
                .SelectMany(version => version.EnumerateFiles("*.xml", SearchOption.AllDirectories)).Select(file => file.FullName)]
            : [];
    }
}
