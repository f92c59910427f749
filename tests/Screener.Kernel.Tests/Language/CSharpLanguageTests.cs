using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>State, values, output and failures of cells. The cells share one session, so names differ between tests.</summary>
public class CSharpLanguageTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Fact]
    public async Task Variables_methods_types_and_usings_live_on()
    {
        await notebook.RunAsync("using System.IO;\nint held = 20;\nint Twice(int x) => 2 * x;\nrecord Box(int Side);");
        Assert.Equal("41", (await notebook.RunAsync("Twice(held) + new Box(1).Side")).Value);
        Assert.Equal("b", (await notebook.RunAsync("Path.GetFileName(\"a/b\")")).Value);
        await notebook.RunAsync("await Task.Delay(1);\nheld = await Task.FromResult(7);");
        Assert.Equal("7", (await notebook.RunAsync("held")).Value);
    }

    /// <summary>Each of these ended the kernel by a stack overflow, or took it minutes.</summary>
    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "")]
    [InlineData("{", "")]
    [InlineData("List<", ">")]
    [InlineData("1 is (", ")")]
    [InlineData("!", "")]
    [InlineData("- ", "")]
    [InlineData("await ", "")]
    [InlineData("while (true) ", "")]
    [InlineData("", " switch { _ => 1 }")]
    [InlineData("$\"{", "}\"")]
    public async Task Code_that_is_nested_too_deep_costs_only_its_cell(string open, string close)
    {
        await notebook.RunAsync("var kept = 7;");
        string code = string.Concat(Enumerable.Repeat(open, 20_000)) + "1" + string.Concat(Enumerable.Repeat(close, 20_000));
        Assert.Matches("nested deeper|words and signs", (await notebook.FailAsync("#!csharp\n" + code)).Message);
        Assert.Matches("nested deeper|words and signs", (await notebook.FailAsync(code)).Message);
        Assert.Equal(Completeness.Invalid, notebook.Language.IsComplete(code));
        Assert.Empty((await notebook.Language.CompleteAsync(code, code.Length, default)).Matches);
        Assert.Null(await notebook.Language.InspectAsync(code, 1, default));
        Assert.Equal("7", (await notebook.RunAsync("kept")).Value);
    }

    /// <summary>What the limits leave is read: a chain of the deepest kinds, brackets in texts, and long lists.</summary>
    [Fact]
    public async Task Code_that_is_deep_or_long_but_can_be_read_is_run()
    {
        string text = new('[', 20_000), list = string.Join(", ", Enumerable.Range(0, 5000));
        Assert.Equal("20000", (await notebook.RunAsync($"\"{text}\".Length")).Value);
        Assert.Equal("5000", (await notebook.RunAsync($"new[] {{ {list} }}.Length")).Value);
        string deep = string.Concat(Enumerable.Repeat("(", 250)) + "1" + string.Concat(Enumerable.Repeat(")", 250));
        Assert.Equal("1", (await notebook.RunAsync(deep)).Value);
        Assert.Equal("True", (await notebook.RunAsync(new string('!', 1900) + "true")).Value);
        await notebook.RunAsync($"#!markdown\n{text}\n#!html\n{string.Concat(Enumerable.Repeat("word ", 5000))}");
    }

    [Theory]
    [InlineData("3", "text/html", "<div class=\"dni-plaintext\"><pre>3</pre></div>")]
    [InlineData("\"<b>\"", "text/plain", "<b>")]
    [InlineData("HTML(\"<b>x</b>\")", "text/html", "<b>x</b>")]
    public async Task A_value_has_the_one_format_that_its_type_prefers(string code, string mimeType, string text)
    {
        var output = new RecordingOutput();
        var success = Assert.IsType<CellSuccess>(await notebook.Language.RunAsync(code, output, default));
        var format = Assert.Single(success.Value!.Data);
        Assert.Equal(mimeType, format.Key);
        Assert.StartsWith(text, format.Value, StringComparison.Ordinal);
        Assert.Empty(output.All);
    }

    [Fact]
    public async Task A_statement_has_no_value()
    {
        Assert.Null((await notebook.RunAsync("int unshown = 3;")).Value);
        Assert.Null((await notebook.RunAsync("  \n// a remark\n")).Value);
        Assert.Null((await notebook.RunAsync("Console.Write(1)")).Value);
    }

    [Fact]
    public async Task A_shown_value_is_replaced_also_by_a_later_cell()
    {
        var (_, first) = await notebook.RunAsync(
            "using Microsoft.DotNet.Interactive;\nvar shown = KernelInvocationContext.Current.Display(\"one\"); shown.Update(\"two\");");
        var (_, second) = await notebook.RunAsync("shown.Update(\"three\");");
        var all = first.All.Concat(second.All).ToList();
        string id = Assert.Single(all.OfType<RecordingOutput.Shown>().Select(s => s.DisplayId).Distinct())!;
        Assert.All(all.OfType<RecordingOutput.Updated>(), u => Assert.Equal(id, u.DisplayId));
        Assert.Equal("three", Assert.IsType<RecordingOutput.Updated>(all[^1]).Data.Data["text/plain"]);
    }

    // What DisplayExtensions.Display returns is not what it has shown: the first update is another output, and moves from then on.
    [Fact]
    public async Task Updates_of_what_was_not_shown_arrive_too()
    {
        var (_, output) = await notebook.RunAsync("var other = display(\"one\"); other.Update(\"two\"); other.Update(\"three\");");
        Assert.Equal(["one", "two"], output.Displays.Select(d => d.Data.Data["text/plain"]));
        var update = Assert.Single(output.Updates);
        Assert.Equal((output.Displays[1].DisplayId, "three"), (update.DisplayId, update.Data.Data["text/plain"]));
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
    public async Task Parts_of_a_cell_run_in_their_order_and_the_last_value_is_the_cells()
    {
        var (value, output) = await notebook.RunAsync(
            "#!csharp\nint part = 1;\npart\n#!html\n<hr>\n#!javascript\nf();\n#!markdown\n*a*\n#!csharp\npart + 1");
        Assert.Equal("2", value);
        Assert.Equal(
            ["text/html", "text/html", "text/html", "text/markdown"], output.Displays.SelectMany(shown => shown.Data.Data.Keys));
        Assert.Contains("<script>f();", output.Displays[2].Data.Data["text/html"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("var self = new List<object>(); self.Add(self); self")]
    [InlineData("var array = new object[2]; array[1] = new List<object> { array }; array")]
    [InlineData("new { Name = \"a\", Inner = self }", "var self = new System.Collections.ArrayList(); self.Add(self);")]
    public async Task A_collection_that_contains_itself_is_cut_off(string code, string before = "")
    {
        await notebook.RunAsync(before);
        Assert.Contains("a collection that contains itself", (await notebook.RunAsync(code)).Value, StringComparison.Ordinal);
        Assert.Contains("[ 1, 2 ]", (await notebook.RunAsync("new List<object> { new[] { 1, 2 } }")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_contains_itself_costs_its_cell_at_most()
    {
        var outcome = await notebook.Language.RunAsync(
            "record Ring(string Name) { public object Inner { get; set; } }\nvar ring = new Ring(\"a\"); ring.Inner = ring; ring",
            notebook.NewOutput(), default);
        Assert.IsAssignableFrom<CellOutcome>(outcome);
        Assert.Equal("a", (await notebook.RunAsync("ring.Name")).Value);
    }

    [Fact]
    public async Task Reading_from_the_console_is_refused() =>
        Assert.Contains("no keyboard", (await notebook.FailAsync("Console.ReadLine()")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_compile_error_points_at_its_place()
    {
        var failure = await notebook.FailAsync("int fine = 1;\nint wrong = \"text\";");
        Assert.Equal("(2,13): error CS0029: Cannot implicitly convert type 'string' to 'int'", failure.Message);
        Assert.Contains("CS0103", (await notebook.FailAsync("fine")).Message, StringComparison.Ordinal);
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
    public async Task A_trace_ends_at_the_cell()
    {
        var failure = await notebook.FailAsync("int.Parse(\"x\")");
        Assert.StartsWith("   at System.Number.", failure.Trace[1], StringComparison.Ordinal);
        Assert.StartsWith("   at Submission#", failure.Trace[^1], StringComparison.Ordinal);
    }
}
