using System.Text.Json.Nodes;
using Screener.Kernel.Language;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Tests.Server;

public sealed class KernelServerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KernelInfoDescribesCSharpAsDotNetInteractiveDoes(bool onControl)
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage());
        var info = await kernel.AskAsync("kernel_info_request", [], onControl);
        Assert.Equal("5.3", info.Reply.GetProperty("protocol_version").GetString());
        var language = info.Reply.GetProperty("language_info");
        Assert.Equal(
            ("C#", ".cs", "text/x-csharp", "csharp"), (Text("name"), Text("file_extension"), Text("mimetype"), Text("pygments_lexer")));
        Assert.Equal(["busy", "idle"], info.Types);
        Assert.All(info.Published, m => Assert.Equal(info.Id, m.ParentId));

        string? Text(string name) => language.GetProperty(name).GetString();
    }

    [Fact]
    public async Task ACellsOutputComesInOrderUnderItsHeader()
    {
        var language = new ScriptedLanguage().On("cell", (output, _) =>
        {
            output.Print("one ");
            output.Print("two");
            output.Print("bad", isError: true);
            output.Show(
                new MimeBundle(new Dictionary<string, string> { ["text/html"] = "<b>x</b>", ["application/json"] = "{\"a\":[1]}" }),
                "id-1");
            output.Update(MimeBundle.Of("text/html", "<i>y</i>"), "id-1");
            output.Print("three");
            return Task.FromResult<CellOutcome>(new CellSuccess(MimeBundle.Of("text/plain", "42")));
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var run = await kernel.RunAsync("cell");

        Assert.All(run.Published, m => Assert.Equal(run.Id, m.ParentId));
        Assert.Equal("ok", run.Status);
        Assert.Equal(1, run.Reply.GetProperty("execution_count").GetInt32());
        Assert.Equal(["busy", "execute_input"], run.Types[..2]);
        Assert.Equal(["execute_result", "idle"], run.Types[^2..]);
        Assert.Equal(("one twothree", "bad"), (run.Text(), run.Text("stderr")));
        Assert.True(Array.IndexOf(run.Types, "display_data") < Array.IndexOf(run.Types, "update_display_data"));
        var shown = run.Single("display_data");
        Assert.Equal(1, shown.GetProperty("data").GetProperty("application/json").GetProperty("a")[0].GetInt32());
        Assert.Equal("id-1", shown.GetProperty("transient").GetProperty("display_id").GetString());
        Assert.Equal("<i>y</i>", run.Single("update_display_data").GetProperty("data").GetProperty("text/html").GetString());
        Assert.Equal("42", run.Single("execute_result").GetProperty("data").GetProperty("text/plain").GetString());
    }

    [Fact]
    public async Task OutputOfAThreadThatOutlivesItsCellKeepsThatCellsHeader()
    {
        using var later = new ManualResetEventSlim();
        Thread? thread = null;
        var language = new ScriptedLanguage().On("first", output =>
        {
            thread = new Thread(() =>
            {
                later.Wait();
                output.Print("late");
            });
            thread.Start();
        });
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var first = await kernel.RunAsync("first");
        await kernel.RunAsync("second");
        later.Set();
        var late = await kernel.NextAsync("stream");
        Assert.Equal((first.Id, "late"), (late.ParentId, late.Content.GetProperty("text").GetString()));
        thread!.Join();
    }

    [Fact]
    public async Task AnErrorIsPublishedAndAbortsWhatWasSentWithIt()
    {
        var language = new ScriptedLanguage().On(
            "bad", (_, _) => Task.FromResult<CellOutcome>(new CellFailure("Boom", "it broke", ["at line 3"])));
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var (_, bad) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("bad"));
        var (_, victim) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("victim"));
        var (lastId, last) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("last"));
        var published = await kernel.UntilIdleAsync(lastId);

        Assert.Equal(("error", "aborted", "aborted"), (Status(await bad), Status(await victim), Status(await last)));
        Assert.Equal(["bad"], language.Ran);
        var error = Assert.Single(published, m => m.Header.Type == "error").Content;
        Assert.Equal(("Boom", "it broke"), (error.GetProperty("ename").GetString(), error.GetProperty("evalue").GetString()));
        Assert.Equal(["Boom: it broke", "at line 3"], error.GetProperty("traceback").EnumerateArray().Select(l => l.GetString()));

        Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
    }

    [Fact]
    public async Task WithoutStopOnErrorTheNextCellRuns()
    {
        var language = new ScriptedLanguage().On("bad", (_, _) => Task.FromResult<CellOutcome>(new CellFailure("Boom", "it broke", [])));
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var cell = KernelUnderTest.Cell("bad");
        cell["stop_on_error"] = false;
        kernel.Client.Send("execute_request", cell);
        Assert.Equal("ok", (await kernel.RunAsync("next")).Status);
    }

    [Fact]
    public async Task ASilentCellSaysNothingAndLeavesNoTrace()
    {
        var language = new ScriptedLanguage().On("quiet", output => output.Print("unheard"));
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var cell = KernelUnderTest.Cell("quiet");
        cell["silent"] = true;
        var run = await kernel.AskAsync("execute_request", cell);
        Assert.Equal(["busy", "idle"], run.Types);
        Assert.Equal(0, run.Reply.GetProperty("execution_count").GetInt32());
        cell = KernelUnderTest.Cell("unstored");
        cell["store_history"] = false;
        run = await kernel.AskAsync("execute_request", cell);
        Assert.Equal(0, run.Reply.GetProperty("execution_count").GetInt32());
        Assert.Contains("execute_result", run.Types);
        Assert.Empty(
            (await kernel.AskAsync("history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 10 })).Reply.GetProperty(
                "history").EnumerateArray());
        Assert.Equal(1, (await kernel.RunAsync("counted")).Reply.GetProperty("execution_count").GetInt32());
    }

    [Fact]
    public async Task UserExpressionsAreAnswered()
    {
        var language = new ScriptedLanguage().On("bad", (_, _) => Task.FromResult<CellOutcome>(new CellFailure("Boom", "it broke", [])));
        await using var kernel = await KernelUnderTest.StartAsync(language);
        var cell = KernelUnderTest.Cell("");
        cell["user_expressions"] = new JsonObject { ["good"] = "1 + 1", ["wrong"] = "bad" };
        var answers = (await kernel.AskAsync("execute_request", cell)).Reply.GetProperty("user_expressions");
        Assert.Equal("1 + 1", answers.GetProperty("good").GetProperty("data").GetProperty("text/plain").GetString());
        Assert.Equal(
            ("error", "Boom"),
            (answers.GetProperty("wrong").GetProperty("status").GetString(),
                answers.GetProperty("wrong").GetProperty("ename").GetString()));
    }

    [Fact]
    public async Task AnInterruptStopsTheRunningCellAndOnlyThat()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage().OnEndless("endless"));
        for (int i = 0; i < 50; i++)
        {
            // Without a running cell it does nothing.
            await kernel.AskAsync("interrupt_request", [], onControl: true);
            var (id, reply) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("endless"));
            await kernel.NextAsync("execute_input");
            Assert.Equal("ok", Status(await kernel.Client.InterruptAsync(TestContext.Current.CancellationToken)));
            await kernel.UntilIdleAsync(id);
            Assert.Equal("error", Status(await reply));
        }

        Assert.Equal("ok", (await kernel.RunAsync("after")).Status);
    }

    [Fact]
    public async Task QuestionsAreAnsweredWhileACellRunsAndTheKernelStillLooksBusy()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage().OnEndless("endless"));
        var (id, _) = kernel.Client.Send("execute_request", KernelUnderTest.Cell("endless"));
        await kernel.NextAsync("execute_input");

        var complete = await kernel.AskAsync("complete_request", new JsonObject { ["code"] = "\U0001F600 ab", ["cursor_pos"] = 4 });
        Assert.Equal((2, 4), (complete.Reply.GetProperty("cursor_start").GetInt32(), complete.Reply.GetProperty("cursor_end").GetInt32()));
        Assert.Equal(["abab"], complete.Reply.GetProperty("matches").EnumerateArray().Select(m => m.GetString()));
        var state = await kernel.NextAsync("status");
        Assert.Equal((id, "busy"), (state.ParentId, KernelUnderTest.State(state)));

        Assert.Equal("ok", (await kernel.AskAsync("kernel_info_request", [], onControl: true)).Status);
        await kernel.Client.InterruptAsync(TestContext.Current.CancellationToken);
        await kernel.UntilIdleAsync(id);
    }

    [Fact]
    public async Task TheSmallQuestionsAreAnswered()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage());
        Assert.Equal("incomplete", await IsComplete("if (x) {"));
        Assert.Equal("invalid", await IsComplete("}"));
        Assert.Equal("complete", await IsComplete("1"));

        var inspected =
            (await kernel.AskAsync("inspect_request", new JsonObject { ["code"] = "x.Y", ["cursor_pos"] = 3, ["detail_level"] = 0 })).Reply;
        Assert.True(inspected.GetProperty("found").GetBoolean());
        Assert.Equal("x.Y at 3", inspected.GetProperty("data").GetProperty("text/plain").GetString());
        Assert.False(
            (await kernel.AskAsync("inspect_request", new JsonObject { ["code"] = "unknown" })).Reply.GetProperty("found").GetBoolean());

        Assert.Empty((await kernel.AskAsync("comm_info_request", [])).Reply.GetProperty("comms").EnumerateObject());
        kernel.Client.Send("comm_open", new JsonObject { ["comm_id"] = "c1", ["target_name"] = "widget", ["data"] = new JsonObject() });
        Assert.Equal("c1", (await kernel.NextAsync("comm_close")).Content.GetProperty("comm_id").GetString());

        async Task<string> IsComplete(string code) =>
            (await kernel.AskAsync("is_complete_request", new JsonObject { ["code"] = code })).Status;
    }

    [Fact]
    public async Task HistoryGivesTailRangeAndSearch()
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage());
        foreach (string code in (string[])["a1", "b1", "a2", "a1"])
            await kernel.RunAsync(code);
        Assert.Equal(["3:a2", "4:a1"], await Ask(new JsonObject { ["hist_access_type"] = "tail", ["n"] = 2 }));
        Assert.Equal(
            ["2:b1", "3:a2"], await Ask(new JsonObject { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = 2, ["stop"] = 4 }));
        Assert.Equal(["1:a1", "3:a2", "4:a1"], await Ask(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "a*" }));
        Assert.Equal(
            ["3:a2", "4:a1"], await Ask(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "a*", ["unique"] = true }));
        Assert.Equal(["4:a1"], await Ask(new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "a?", ["n"] = 1 }));

        var pair =
            (await kernel.AskAsync(
                "history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 1, ["output"] = true })).Reply.GetProperty(
                    "history")[0][2];
        Assert.Equal(("a1", "a1"), (pair[0].GetString(), pair[1].GetString()));

        async Task<string[]> Ask(JsonObject request) =>
            [.. (await kernel.AskAsync("history_request", request)).Reply.GetProperty("history").EnumerateArray().Select(
                e => $"{e[1]}:{e[2]}")];
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task AShutdownIsAnsweredAndEndsTheKernel(bool restart, bool onControl)
    {
        await using var kernel = await KernelUnderTest.StartAsync(new ScriptedLanguage().OnEndless("endless"));
        kernel.Client.Send("execute_request", KernelUnderTest.Cell("endless"));
        await kernel.NextAsync("execute_input");
        var end = await kernel.AskAsync("shutdown_request", new JsonObject { ["restart"] = restart }, onControl);
        Assert.Equal(("ok", restart), (end.Status, end.Reply.GetProperty("restart").GetBoolean()));
        Assert.Equal(restart, end.Single("shutdown_reply").GetProperty("restart").GetBoolean());
        Assert.Equal(restart, await kernel.Server.Completion.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
    }

    private static string Status(JupyterMessage reply) => reply.Content.GetProperty("status").GetString()!;
}
