using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Screener.Kernel.Language;

/// <summary>
/// Adds to a cell's C# what makes it stoppable: a question at the head of each loop and function; the cell's
/// <see cref="CancellationToken"/> in each call that could take one and was not given any; an end to each await once the
/// cell is to stop. Functions that may call themselves also ask whether there is stack left.
/// </summary>
/// <remarks>
/// Everything is added within the lines that are there, so that the lines of traces stay the user's. Nothing changes in
/// what the code does while nobody stops it. Expression trees are left alone, and so are catch and finally blocks: what
/// cleans up after a stop is not to be stopped itself.
/// </remarks>
internal sealed class SafePoints : CSharpSyntaxWalker
{
    private const string Prefix = "global::Screener.Kernel.Language.SafePoint.";
    private const string Token = Prefix + nameof(SafePoint.Token);

    private readonly SemanticModel model;
    private readonly CallsWithToken calls;
    private readonly List<Edit> edits = [];
    private int visited;
    private int cleanups;

    private SafePoints(SemanticModel model)
    {
        this.model = model;
        calls = new CallsWithToken(model);
    }

    /// <summary>The code with safe points, or the code itself if it needs none.</summary>
    /// <param name="compilation">The cell's compilation.</param>
    /// <param name="tree">The cell's own syntax tree.</param>
    /// <param name="code">The tree's text.</param>
    public static string AddTo(Compilation compilation, SyntaxTree tree, string code)
    {
        if (tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            return code;
        var walker = new SafePoints(compilation.GetSemanticModel(tree));
        walker.Visit(tree.GetRoot());
        return Edit.Apply(code, walker.edits);
    }

    public override void DefaultVisit(SyntaxNode node)
    {
        cleanups += node is CatchClauseSyntax or FinallyClauseSyntax ? 1 : 0;
        switch (node)
        {
            case WhileStatementSyntax loop:
                AddToLoop(loop.Statement);
                break;
            case DoStatementSyntax loop:
                AddToLoop(loop.Statement);
                break;
            case ForStatementSyntax loop:
                AddToLoop(loop.Statement);
                break;
            case CommonForEachStatementSyntax loop:
                AddToLoop(loop.Statement);
                break;
            case GotoStatementSyntax when cleanups == 0:
                Surround(node, $"{{{Prefix}{nameof(SafePoint.Check)}();", "}");
                break;
            // Not destructors: they belong to no cell that could stop.
            case BaseMethodDeclarationSyntax method and not DestructorDeclarationSyntax:
                AddToFunction(method, method.Body, method.ExpressionBody, method.SemicolonToken);
                break;
            case LocalFunctionStatementSyntax function:
                AddToFunction(function, function.Body, function.ExpressionBody, function.SemicolonToken);
                break;
            case AccessorDeclarationSyntax accessor:
                AddToFunction(accessor, accessor.Body, accessor.ExpressionBody, accessor.SemicolonToken);
                break;
            case PropertyDeclarationSyntax property:
                AddToGetter(property.ExpressionBody, property.SemicolonToken);
                break;
            case IndexerDeclarationSyntax indexer:
                AddToGetter(indexer.ExpressionBody, indexer.SemicolonToken);
                break;
        }

        base.DefaultVisit(node);
        cleanups -= node is CatchClauseSyntax or FinallyClauseSyntax ? 1 : 0;
    }

    public override void VisitSimpleLambdaExpression(SimpleLambdaExpressionSyntax node)
    {
        if (AddToLambda(node))
            base.VisitSimpleLambdaExpression(node);
    }

    public override void VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node)
    {
        if (AddToLambda(node))
            base.VisitParenthesizedLambdaExpression(node);
    }

    public override void VisitAnonymousMethodExpression(AnonymousMethodExpressionSyntax node)
    {
        if (AddToLambda(node))
            base.VisitAnonymousMethodExpression(node);
    }

    // What a query becomes may be an expression tree.
    public override void VisitQueryExpression(QueryExpressionSyntax node)
    {
    }

    public override void VisitAwaitExpression(AwaitExpressionSyntax node)
    {
        // Not a call on what is awaited: at the top of a script "await (" begins a call of something named await.
        var awaited =
            node.Expression is InvocationExpressionSyntax { Expression:
                MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait" } configured }
            ? configured.Expression
            : node.Expression;
        if (cleanups == 0 && model.GetTypeInfo(awaited).Type is { } type
            && (IsOrDerivesFrom(type, "Task") || IsOrDerivesFrom(type, "ValueTask")))
            Surround(awaited, $"{Prefix}{nameof(SafePoint.Stoppable)}(", ")");
        base.VisitAwaitExpression(node);
    }

    public override void VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        if (cleanups == 0 && calls.ArgumentFor(node, Token) is { } argument)
            Insert(node.ArgumentList.CloseParenToken.SpanStart, argument, opens: false);
        base.VisitInvocationExpression(node);
    }

    private void AddToLoop(StatementSyntax body)
    {
        if (cleanups == 0)
            AddToStatement(body, nameof(SafePoint.Check));
    }

    private void AddToStatement(StatementSyntax body, string check)
    {
        if (body is BlockSyntax block)
            Insert(block.OpenBraceToken.Span.End, $"{Prefix}{check}();", opens: true);
        else
            Surround(body, $"{{{Prefix}{check}();", "}");
    }

    private void AddToFunction(SyntaxNode node, BlockSyntax? body, ArrowExpressionClauseSyntax? arrow, SyntaxToken semicolon)
    {
        if (body is not null)
            AddToStatement(body, Check(body));
        else if (arrow is not null && model.GetDeclaredSymbol(node) is IMethodSymbol method)
            AddToArrow(arrow, semicolon, $"{{{Prefix}{Check(arrow)}();{Return(arrow.Expression, method)}", "}");
    }

    private void AddToGetter(ArrowExpressionClauseSyntax? arrow, SyntaxToken semicolon)
    {
        if (arrow is not null)
            AddToArrow(
                arrow, semicolon, $"{{get{{{Prefix}{Check(arrow)}();{(arrow.Expression is ThrowExpressionSyntax ? "" : "return ")}", "}}");
    }

    private void AddToArrow(ArrowExpressionClauseSyntax arrow, SyntaxToken semicolon, string head, string end)
    {
        edits.Add(new Edit(arrow.ArrowToken.SpanStart, arrow.ArrowToken.Span.Length, head, Opens: true, visited++));
        Insert(semicolon.Span.End, end, opens: false);
    }

    /// <returns>False if nothing may be added inside of it either.</returns>
    private bool AddToLambda(AnonymousFunctionExpressionSyntax node)
    {
        if (model.GetTypeInfo(node).ConvertedType is { Name: "Expression", ContainingNamespace.Name: "Expressions" })
            return false;
        if (node.Block is not null)
            AddToStatement(node.Block, Check(node.Block));
        else if (node.ExpressionBody is { } expression && model.GetSymbolInfo(node).Symbol is IMethodSymbol lambda)
            Surround(expression, $"{{{Prefix}{Check(expression)}();{Return(expression, lambda)}", ";}");
        return true;
    }

    private static string Return(ExpressionSyntax expression, IMethodSymbol function)
    {
        var isStatement = function.ReturnsVoid
            || (function.IsAsync && function.ReturnType is INamedTypeSymbol { IsGenericType: false })
            || function.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor
            || expression is ThrowExpressionSyntax;
        return isStatement ? "" : "return ";
    }

    // The question about the stack costs a call, which small functions in hot loops should not pay for nothing.
    private string Check(SyntaxNode body) =>
        body.DescendantNodesAndSelf().Any(MayCallBack) ? nameof(SafePoint.CheckStack) : nameof(SafePoint.Check);

    private bool MayCallBack(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or ElementAccessExpressionSyntax => IsOfCells(node),
        BinaryExpressionSyntax or PrefixUnaryExpressionSyntax or CastExpressionSyntax =>
            model.GetSymbolInfo(node).Symbol is IMethodSymbol { MethodKind: not MethodKind.BuiltinOperator } && IsOfCells(node),
        IdentifierNameSyntax => model.GetSymbolInfo(node).Symbol is IPropertySymbol && IsOfCells(node),
        _ => false,
    };

    private bool IsOfCells(SyntaxNode node) => model.GetSymbolInfo(node).Symbol switch
    {
        IMethodSymbol { MethodKind: MethodKind.DelegateInvoke } => true,
        IMethodSymbol { IsAbstract: true } or IPropertySymbol { IsAbstract: true } => true,
        { } symbol => symbol.OriginalDefinition.Locations.Any(location => location.IsInSource),
        null => false,
    };

    private static bool IsOrDerivesFrom(ITypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.Name == name && current.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks")
                return true;
        }

        return false;
    }

    private void Surround(SyntaxNode node, string before, string after)
    {
        Insert(node.SpanStart, before, opens: true);
        Insert(node.Span.End, after, opens: false);
    }

    private void Insert(int position, string text, bool opens) => edits.Add(new Edit(position, 0, text, opens, visited++));

    /// <summary>Text in the place of some of the code's characters.</summary>
    /// <param name="Position">Where.</param>
    /// <param name="Length">How many characters give way.</param>
    /// <param name="Text">What comes there.</param>
    /// <param name="Opens">Whether it begins something that ends further on.</param>
    /// <param name="Order">Outer parts come before inner ones.</param>
    private readonly record struct Edit(int Position, int Length, string Text, bool Opens, int Order)
    {
        public static string Apply(string code, List<Edit> edits)
        {
            if (edits.Count == 0)
                return code;
            // At one place: first what ends, innermost first; then what begins, outermost first.
            edits.Sort((a, b) => a.Position != b.Position ? a.Position.CompareTo(b.Position)
                : a.Opens != b.Opens ? a.Opens.CompareTo(b.Opens)
                : a.Opens ? a.Order.CompareTo(b.Order) : b.Order.CompareTo(a.Order));
            var result = new System.Text.StringBuilder(code.Length + (edits.Count * 64));
            var done = 0;
            foreach (var edit in edits)
            {
                result.Append(code, done, edit.Position - done).Append(edit.Text);
                done = edit.Position + edit.Length;
            }

            return result.Append(code, done, code.Length - done).ToString();
        }
    }
}
