using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

public class SafePointsTests
{
    private static readonly Session Session = new(new CellAssemblies(), new CellReferences());

    // One of each kind of code to which something is added: it must still compile, and mean the same.
    [Theory]
    [InlineData("int n = 0; while (n < 3) n++; n", 3)]
    [InlineData("int n = 0; do n++; while (n < 3); n", 3)]
    [InlineData("int n = 0; for (int i = 0; i < 3; i++) for (int j = 0; j < 2; j++) n++; n", 6)]
    [InlineData("int n = 0; foreach (var c in \"abc\") { n += c; } n", 294)]
    [InlineData("int n = 0; foreach (var (a, b) in new[] { (1, 2) }) n = a + b; n", 3)]
    [InlineData("int n = 0; again: n++; if (n < 3) goto again; n", 3)]
    [InlineData("int n = 5; switch (n) { case 5: goto case 6; case 6: n = 60; break; } n", 60)]
    [InlineData("int F(int x) => x + 1; F(2)", 3)]
    [InlineData("int n = 0; void F() => n = 3; F(); n", 3)]
    [InlineData("ref int F(int[] x) => ref x[0]; var a = new[] { 1 }; F(a) = 3; a[0]", 3)]
    [InlineData("async Task F() => await Task.Yield(); await F(); 3", 3)]
    [InlineData("async Task<int> F() => await Task.FromResult(3); await F()", 3)]
    [InlineData("async ValueTask<int> F() => await new ValueTask<int>(3); await F()", 3)]
    [InlineData("Func<int, int> f = x => x + 1; f(2)", 3)]
    [InlineData("var c = new TaskCompletionSource<int>(); c.SetCanceled(); try { await c.Task; } catch (TaskCanceledException e) { } "
        + "while (!c.Task.IsCanceled) { } 3", 3)]
    [InlineData("Func<int, Func<int, int>> f = x => y => x + y; f(2)(1)", 3)]
    [InlineData("Action<List<int>> f = x => x.Remove(1); var l = new List<int> { 1 }; f(l); l.Count", 0)]
    [InlineData("Func<Task> f = async () => await Task.Yield(); await f(); 3", 3)]
    [InlineData("Func<Task<int>> f = async () => await Task.FromResult(3); await f()", 3)]
    [InlineData("await Task.Run(() => 3)", 3)]
    [InlineData("await Task.Run(async () => { await Task.Yield(); return 3; })", 3)]
    [InlineData("Func<int> f = delegate { return 3; }; f()", 3)]
    [InlineData("Func<int> f = () => throw new Exception(); try { f() ; } catch (Exception) { } 3", 3)]
    [InlineData("class A { int v; public int P { get => v; set => v = value; } public int this[int i] => i + v; public A() => v = 1; "
        + "public static A operator +(A a, int b) => new A { P = a.v + b }; public static implicit operator int(A a) => a.v; public int Q "
            + "=> P + this[1]; } (new A() + 1).Q", 5)]
    [InlineData("System.Linq.Expressions.Expression<Func<int, int>> f = x => x + 1; f.Compile()(2)", 3)]
    [InlineData("new[] { 1, 2 }.AsQueryable().Select(x => x + 1).Sum() - 2", 3)]
    [InlineData("(from x in new[] { 1, 2 } where x > 1 select x + 1).Single()", 3)]
    [InlineData("$\"{new[] { 1, 2 }.Select(x => x + 1).Sum() - 2:0}\".Length + 2", 3)]
    [InlineData("var f = (int x) => x + 1; f(2)", 3)]
    [InlineData("int n = 0; async IAsyncEnumerable<int> F() { yield return 3; await Task.Yield(); } await foreach (var x in F()) n = x; "
        + "n", 3)]
    [InlineData("int Sum(params int[] x) => x.Sum(); Sum(1, 2)", 3)]
    [InlineData("T F<T>(T x) where T : struct => x; F(3)", 3)]
    [InlineData("static int F(int n) { static int G(int m) => m + 1; return G(n); } F(2)", 3)]
    [InlineData("unsafe { int n = 3; int* p = &n; while (*p < 3) { } } 3", 3)]
    [InlineData("int n = 0; if (true) while (n < 3) n++; else n = 9; n", 3)]
    [InlineData("int n = 0; for (;;) // a remark\n{ if (++n == 3) break; } // another\nn", 3)]
    [InlineData("await System.IO.File.ReadAllTextAsync(\"/dev/null\"); 3", 3)]
    public async Task Code_with_safe_points_does_what_it_did(string code, int value)
    {
        var submission = Session.Compile(code, "cell", default);
        Assert.Equal(code.Split('\n').Length, submission.Script.Code.Split('\n').Length);
        if (code.Contains("=>", StringComparison.Ordinal) && !code.Contains("Quer", StringComparison.Ordinal)
            && !code.Contains("Expressions", StringComparison.Ordinal))
            Assert.Contains("SafePoint.", submission.Script.Code, StringComparison.Ordinal);
        object? given = null;
        // As a cell runs: code outside of any cell is stopped with whichever cell began last, another test's.
        await new CellRun(new RecordingOutput()).RunAsync(
            async () =>
            {
                given = await Session.StartAsync(submission);
                return null;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(value, given);
    }

    [Theory]
    [InlineData("int x = 3; Math.Sqrt(x)")]
    [InlineData("System.Linq.Expressions.Expression<Func<int, int>> f = x => x + 1;")]
    [InlineData("class A { ~A() { Console.Write(0); } } class B { ~B() => Console.Write(0); }")]
    [InlineData("while (true) { oops }")]
    public void Code_that_needs_none_is_left_alone(string code)
    {
        var compilation = Microsoft.CodeAnalysis.CSharp.CSharpCompilation.CreateScriptCompilation(
            "x",
            Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText(code, new(kind: Microsoft.CodeAnalysis.SourceCodeKind.Script)),
            new CellReferences().All,
            new(Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary, usings: Session.Imports));
        Assert.Same(code, SafePoints.AddTo(compilation, compilation.SyntaxTrees.Single(), code));
    }
}
