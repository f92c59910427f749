using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>State, values, output and failures of cells. The cells share one session, so names differ between tests.</summary>
public class CSharpLanguageTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Theory]
    [InlineData("(", "")]
    [InlineData("(", ")")]
    [InlineData("1 is (", ")")]
    [InlineData("[", "")]
    [InlineData("{", "")]
    [InlineData("List<", ">")]
    public async Task Code_that_is_nested_too_deep_costs_only_its_cell(string open, string close)
    {
        await notebook.RunAsync("var kept = 7;");
        string code = string.Concat(Enumerable.Repeat(open, 20_000)) + "1" + string.Concat(Enumerable.Repeat(close, 20_000));
        Assert.Contains("brackets are open", (await notebook.FailAsync(code)).Message, StringComparison.Ordinal);
        Assert.Equal(Completeness.Invalid, notebook.Language.IsComplete(code));
        Assert.Empty((await notebook.Language.CompleteAsync(code, code.Length, default)).Matches);
        string text = new('[', 20_000);
        Assert.Equal("7", (await notebook.RunAsync($"\"{text}\".Length > 0 ? kept : 0")).Value);
    }

    [Fact]
    public async Task Variables_methods_types_and_usings_live_on()
    {
        await notebook.RunAsync("using System.IO;\nint held = 20;\nint Twice(int x) => 2 * x;\nrecord Box(int Side);");
        Assert.Equal("41", (await notebook.RunAsync("Twice(held) + new Box(1).Side")).Value);
        Assert.Equal("b", (await notebook.RunAsync("Path.GetFileName(\"a/b\")")).Value);
        await notebook.RunAsync("held = 5;");
        await notebook.RunAsync("string held = \"replaced\";");
        Assert.Equal("replaced", (await notebook.RunAsync("held")).Value);
    }

    [Fact]
    public async Task A_cell_may_consist_of_usings_alone_or_of_nothing()
    {
        await notebook.RunAsync("using System.Globalization;");
        await notebook.RunAsync("  \n// a remark\n");
        await notebook.RunAsync("");
        Assert.Equal("1", (await notebook.RunAsync("1.ToString(CultureInfo.InvariantCulture)")).Value);
    }

    [Fact]
    public async Task Cells_await()
    {
        var (value, _) = await notebook.RunAsync("await Task.Delay(1);\nvar awaited = await Task.FromResult(7);\nawaited");
        Assert.Equal("7", value);
    }

    [Theory]
    [InlineData("3", "text/html", "<div class=\"dni-plaintext\"><pre>3</pre></div>")]
    [InlineData("\"<b>\"", "text/plain", "<b>")]
    [InlineData("HTML(\"<b>x</b>\")", "text/html", "<b>x</b>")]
    [InlineData("(string)null", "text/html", "<div class=\"dni-plaintext\"><pre>&lt;null&gt;</pre></div>")]
    public async Task A_value_has_the_one_format_that_its_type_prefers(string code, string mimeType, string text)
    {
        var output = new RecordingOutput();
        var success = Assert.IsType<Kernel.Language.CellSuccess>(await notebook.Language.RunAsync(code, output, default));
        var format = Assert.Single(success.Value!.Data);
        Assert.Equal(mimeType, format.Key);
        Assert.StartsWith(text, format.Value, StringComparison.Ordinal);
        Assert.Empty(output.All);
    }

    [Fact]
    public async Task A_statement_has_no_value()
    {
        Assert.Null((await notebook.RunAsync("int unshown = 3;")).Value);
        Assert.Null((await notebook.RunAsync("unshown.ToString();")).Value);
        Assert.Null((await notebook.RunAsync("Console.Write(1)")).Value);
        Assert.Null((await notebook.RunAsync("display(1)")).Value);
    }

    [Fact]
    public async Task A_shown_value_is_replaced_also_by_a_later_cell()
    {
        var (_, first) = await notebook.RunAsync("var shown = display(\"one\"); shown.Update(\"two\");");
        var (_, second) = await notebook.RunAsync("shown.Update(\"three\");");
        var id = Assert.Single(first.Displays).DisplayId;
        Assert.Equal("one", first.Displays[0].Data.Data["text/plain"]);
        Assert.Equal(("two", id), (first.Updates[0].Data.Data["text/plain"], first.Updates[0].DisplayId));
        Assert.Equal(("three", id), (second.Updates[0].Data.Data["text/plain"], second.Updates[0].DisplayId));
    }

    [Fact]
    public async Task The_ways_to_show_a_value_agree()
    {
        var (_, output) = await notebook.RunAsync("""
            using Microsoft.DotNet.Interactive;
            using Microsoft.DotNet.Interactive.Formatting;
            display(12, "text/html");
            12.Display("text/html", "text/plain");
            "<i>".DisplayAs("text/html");
            new[] { new { A = 1 } }.DisplayTable();
            Javascript("f()");
            CSS("a{}");
            """);
        Assert.Equal(
            ["text/html", "text/html,text/plain", "text/html", "text/html", "text/html", "text/html"],
            output.Displays.Select(shown => string.Join(',', shown.Data.Data.Keys)));
        Assert.Equal("<i>", output.Displays[2].Data.Data["text/html"]);
        Assert.Equal("<script type=\"text/javascript\">f()</script>", output.Displays[4].Data.Data["text/html"]);
    }

    [Fact]
    public async Task Printing_arrives_in_order_and_from_other_threads()
    {
        var (_, output) = await notebook.RunAsync("""
            Console.Write('a'); Console.WriteLine("b"); Console.Error.WriteLine("e");
            await Task.Run(() => Console.WriteLine(3));
            var printing = new System.Threading.Thread(() => Console.WriteLine(4.5)); printing.Start(); printing.Join();
            display("shown");
            Console.WriteLine();
            """);
        Assert.Equal("ab\n3\n4.5\n\n", output.Out);
        Assert.Equal("e\n", output.Error);
        Assert.IsType<RecordingOutput.Shown>(output.All.Reverse().ElementAt(1));
    }

    [Fact]
    public async Task What_a_cell_leaves_running_prints_to_that_cell()
    {
        var (_, first) = await notebook.RunAsync(
            "var gate = new TaskCompletionSource(); async Task LateAsync() { await gate.Task; Console.WriteLine(\"late\"); } var late = "
            + "LateAsync();");
        var (_, second) = await notebook.RunAsync("gate.SetResult(); await late;");
        Assert.Equal("late\n", first.Out);
        Assert.Equal("", second.Out);
    }

    [Fact]
    public async Task Reading_from_the_console_is_refused()
    {
        var failure = await notebook.FailAsync("Console.ReadLine()");
        Assert.Contains("no keyboard", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compile_error_points_at_its_place()
    {
        var failure = await notebook.FailAsync("int fine = 1;\nint wrong = \"text\";");
        Assert.Equal("(2,13): error CS0029: Cannot implicitly convert type 'string' to 'int'", failure.Message);
        Assert.Equal([failure.Message, "    int wrong = \"text\";", "                ^^^^^^"], failure.Trace);
        Assert.Contains("CS0103", (await notebook.FailAsync("fine")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directive_lines_count_in_the_places_of_errors()
    {
        var failure = await notebook.FailAsync("#!time\n#r \"System.Xml\"\n\n  nonsense;");
        Assert.StartsWith("(4,3): error CS0103", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_assigned_before_an_exception_stays()
    {
        var failure = await notebook.FailAsync(
            "int before = 8;\nthrow new InvalidOperationException(\"no\", new ArgumentException(\"why\"));\nint after = 9;");
        Assert.Equal(("System.InvalidOperationException", "no"), (failure.Name, failure.Message));
        Assert.Contains("caused by System.ArgumentException: why", failure.Trace);
        Assert.Equal("8", (await notebook.RunAsync("before")).Value);
    }

    [Fact]
    public async Task A_trace_names_cells_and_lines_and_nothing_of_the_compiler()
    {
        await using var own = new Notebook();
        await own.RunAsync("int Inner(int x)\n{\n    return 10 / x;\n}");
        var failure = await own.FailAsync("\nawait Task.Yield();\nvar parsed = Inner(int.Parse(\"0\"));");
        Assert.Equal(
            [
                "System.DivideByZeroException: Attempted to divide by zero.",
                "   at cell [1], line 3: return 10 / x;",
                "   at cell [2], line 3: var parsed = Inner(int.Parse(\"0\"));",
            ],
            failure.Trace);

        var inLibrary = await own.FailAsync("int.Parse(\"x\")");
        Assert.Contains(inLibrary.Trace, line => line.StartsWith("   at System.Number.", StringComparison.Ordinal));
        Assert.Equal("   at cell [3], line 1: int.Parse(\"x\")", inLibrary.Trace[^1]);
    }
}
