using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;

namespace Screener.Kernel.Language;

/// <summary>
/// Finds what an assembly itself refers to, and lies beside it, where a cell meets its types; and what a loaded script
/// refers to by <c>#r</c>.
/// </summary>
internal sealed class CellReferenceResolver(CellReferences references, string folder) : MetadataReferenceResolver
{
    private readonly ScriptMetadataResolver files = ScriptMetadataResolver.Default.WithBaseDirectory(folder);

    public override bool ResolveMissingAssemblies => true;

    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference, string? baseFilePath, MetadataReferenceProperties properties) =>
        files.ResolveReference(reference, baseFilePath, properties);

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity)
    {
        if ((definition as PortableExecutableReference)?.FilePath is not { } from
            || CellReferences.IsFramework(Path.GetFileNameWithoutExtension(from)))
            return null;
        var neighbour = Path.Combine(Path.GetDirectoryName(from)!, referenceIdentity.Name + ".dll");
        return File.Exists(neighbour) ? (PortableExecutableReference)references.At(neighbour) : null;
    }

    public override bool Equals(object? other) => other is CellReferenceResolver resolver && resolver.files.Equals(files);

    public override int GetHashCode() => files.GetHashCode();
}
