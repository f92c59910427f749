using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace Screener.Kernel.Completion;

/// <summary>
/// What a session has declared and is still visible, as one piece of C#: its usings, variables, types and the heads of
/// its methods. However many cells have run, it is as long as what they have left.
/// </summary>
internal static class SessionOutline
{
    // Without the class that stands for a submission, and with enough before each name to mean the same anywhere.
    private static readonly SymbolDisplayFormat TypeFormat = SymbolDisplayFormat.FullyQualifiedFormat;

    /// <summary>Writes the outline.</summary>
    /// <param name="last">The last submission, or null.</param>
    public static string Of(Script? last)
    {
        var usings = new List<string>();
        var members = new List<string>();
        var seen = new HashSet<string>();
        for (var script = last; script is not null; script = script.Previous)
        {
            var compilation = script.GetCompilation();
            foreach (var root in compilation.SyntaxTrees.Select(tree => (CompilationUnitSyntax)tree.GetRoot()))
                usings.AddRange(root.Usings.Select(directive => directive.ToString()));
            foreach (var member in compilation.ScriptClass?.GetMembers() ?? [])
            {
                // Later cells hide what earlier ones have called the same.
                if (!member.IsImplicitlyDeclared && Declaration(member) is { } text && seen.Add(Key(member)))
                    members.Add(text);
            }
        }

        usings.Reverse();
        members.Reverse();
        var outline = new StringBuilder();
        outline.AppendJoin('\n', usings.Distinct()).Append('\n').AppendJoin('\n', members);
        return outline.ToString();
    }

    private static string Key(ISymbol member) => member switch
    {
        IMethodSymbol method =>
            $"{method.Name}`{method.Arity}({
            string.Join(',', method.Parameters.Select(parameter => parameter.Type.ToDisplayString(TypeFormat)))})",
        INamedTypeSymbol type => $"{type.Name}`{type.Arity}",
        _ => member.Name,
    };

    private static string? Declaration(ISymbol member)
    {
        switch (member)
        {
            case IFieldSymbol { CanBeReferencedByName: true } field:
                return $"{TypeName(field.Type)} {Escaped(field.Name)};";
            case IPropertySymbol property:
                return $"{TypeName(property.Type)} {Escaped(property.Name)} {{ get; set; }}";
            case INamedTypeSymbol:
                return member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax().ToFullString();
            case IMethodSymbol { MethodKind: MethodKind.Ordinary }
                when member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is MethodDeclarationSyntax method:
                var body = SyntaxFactory.ArrowExpressionClause(SyntaxFactory.ParseExpression(" throw null"));
                return method.WithBody(null).WithExpressionBody(body).WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken))
                    .WithModifiers([.. method.Modifiers.Where(modifier => !modifier.IsKind(SyntaxKind.ExternKeyword))]).WithAttributeLists(
                        []).ToFullString();
            default:
                return null;
        }
    }

    // What has no name cannot be written down.
    private static string TypeName(ITypeSymbol type)
    {
        var name = type.ToDisplayString(TypeFormat);
        return name.Contains('<', StringComparison.Ordinal) && name.Contains("anonymous", StringComparison.Ordinal) ? "dynamic" : name;
    }

    private static string Escaped(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
}
