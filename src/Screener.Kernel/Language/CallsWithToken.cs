using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Screener.Kernel.Language;

/// <summary>Finds calls that could take a <see cref="CancellationToken"/> and were not given one.</summary>
internal sealed class CallsWithToken(SemanticModel model)
{
    /// <summary>What to add behind a call's last argument, or null if the call takes no token or has one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="token">The expression to hand over.</param>
    public string? ArgumentFor(InvocationExpressionSyntax call, string token)
    {
        if (model.GetOperation(call) is not IInvocationOperation operation
            || operation.Arguments.Any(argument => argument.ArgumentKind is ArgumentKind.ParamArray or ArgumentKind.ParamCollection))
            return null;

        var comma = call.ArgumentList.Arguments.Count > 0 ? ", " : "";
        var left = operation.Arguments.FirstOrDefault(
            argument => argument.ArgumentKind == ArgumentKind.DefaultValue && IsToken(argument.Parameter?.Type));
        if (left is not null)
            return $"{comma}@{left.Parameter!.Name}: {token}";

        var isComplete = operation.Arguments.All(argument => argument.ArgumentKind == ArgumentKind.Explicit)
            && call.ArgumentList.Arguments.All(argument => argument.NameColon is null);
        return isComplete && !operation.Arguments.Any(argument => IsToken(argument.Parameter?.Type)) && HasOverload(operation.TargetMethod)
            ? comma + token
            : null;
    }

    private static bool HasOverload(IMethodSymbol method) =>
        !method.IsExtensionMethod
        // Such as SetCanceled: there a token says why, not how long.
        && !method.Name.Contains("Cancel", StringComparison.Ordinal)
        && method.MethodKind == MethodKind.Ordinary
        && method.ContainingType.GetMembers(method.Name).OfType<IMethodSymbol>().Any(other => IsOverload(method, other));

    // The same method, with one more parameter.
    private static bool IsOverload(IMethodSymbol method, IMethodSymbol other)
    {
        if (other.DeclaredAccessibility != Accessibility.Public || other.IsStatic != method.IsStatic || other.Arity != method.Arity
            || other.Parameters.Length != method.Parameters.Length + 1 || !IsToken(other.Parameters[^1].Type))
            return false;
        if (method.Arity > 0)
            other = other.Construct([.. method.TypeArguments]);
        return SymbolEqualityComparer.Default.Equals(other.ReturnType, method.ReturnType)
            && method.Parameters.Zip(other.Parameters).All(pair =>
                pair.First.RefKind == pair.Second.RefKind && SymbolEqualityComparer.Default.Equals(pair.First.Type, pair.Second.Type));
    }

    private static bool IsToken(ITypeSymbol? type) => type is { Name: nameof(CancellationToken), ContainingNamespace.Name: "Threading" };
}
