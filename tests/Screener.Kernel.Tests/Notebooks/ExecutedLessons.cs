using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Screener.Interactive.Tests;
using Screener.Interactive.Tests.Packaging;
using Screener.Kernel.Installation;
using Screener.Kernel.Tests.Jupyter;
using Screener.Tests;

namespace Screener.Kernel.Tests.Notebooks;

/// <summary>
/// Runs lessons with nbclient, on this kernel and on .NET Interactive itself, small: the packages come from a feed and
/// a package folder of their own, and what one lesson makes the next finds.
/// </summary>
public sealed class ExecutedLessons : IDisposable
{
    // In nobody's package folder, so that the lessons get the sources around this test.
    // The engine remembers across processes where a version was restored to.
    private static readonly string Version = $"9999.0.{Environment.ProcessId}";

    private const string Execute = """
        import json, os, sys, nbformat
        from nbclient import NotebookClient
        name, kernel, folder, variables = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
        os.environ.update(variables)
        notebook = nbformat.read(name, as_version=4)
        client = NotebookClient(notebook, kernel_name=kernel, timeout=600, startup_timeout=300, allow_errors=True)
        client.execute()
        nbformat.validate(notebook)
        nbformat.write(notebook, os.path.join(folder, name))
        """;

    // In turn as soon as the cell shows something, while patients are made or read, and as soon as it shows a step.
    private const string Interrupt = """
        import glob, json, os, sys, nbformat
        from jupyter_client.manager import start_new_kernel
        name, kernel, times, variables = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
        os.environ.update(variables)
        manager, client = start_new_kernel(kernel_name=kernel, startup_timeout=300)
        def answer(id):
            while True:
                reply = client.get_shell_msg(timeout=300)
                if reply['parent_header'].get('msg_id') == id:
                    return reply['content']
        def shown(id, kinds, word=''):
            while True:
                message = client.get_iopub_msg(timeout=300)
                if message['parent_header'].get('msg_id') == id and message['msg_type'] in kinds and word in json.dumps(message['content']):
                    return message['content']
        try:
            cells = [c.source for c in nbformat.read(name, as_version=4).cells if c.cell_type == 'code'][:2]
            for cell in [*cells, 'var kept = 5;']:
                reply = answer(client.execute(cell))
                assert reply['status'] == 'ok', reply
            for i in range(times):
                id = client.execute('lesson.Descriptor();')
                shown(id, ('stream', 'display_data', 'update_display_data'), ['', 'step '][i % 2])
                manager.interrupt_kernel()
                reply = answer(id)
                assert reply['status'] == 'error', (i, reply)
            assert shown(client.execute('Console.Write(kept);'), ('stream',))['text'] == '5'
            assert glob.glob(variables['SCREENER_ARTIFACTS'] + '/**/*descriptor*.checkpoint', recursive=True), 'no step was taken'
        finally:
            manager.shutdown_kernel(now=True)
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly Lock _gate = new();
    private JupyterFolder? _jupyter;
    private Task? _interactive;

    /// <summary>Runs a lesson; the executed notebook as JSON, and its file.</summary>
    /// <param name="name">The lesson's file name.</param>
    /// <param name="kernel">The name of the kernel spec; .NET Interactive's installs the tool.</param>
    internal async Task<(JsonObject Notebook, string File)> RunAsync(string name, string kernel)
    {
        var jupyter = Jupyter();
        if (kernel == KernelSpec.DotNetInteractiveName)
            await (_interactive ??= jupyter.InstallDotNetInteractiveAsync());
        string folder = _folder[kernel];
        Directory.CreateDirectory(folder);
        await jupyter.RunAsync("-c", Execute, name, kernel, folder, JsonSerializer.Serialize(Variables()));
        string file = Path.Combine(folder, name);
        return (JsonNode.Parse(File.ReadAllText(file))!.AsObject(), file);
    }

    /// <summary>Opens a lesson as it was executed in Jupyter Notebook, as one that somebody sent, or that the reader trusts.</summary>
    /// <param name="file">What <see cref="RunAsync"/> wrote.</param>
    /// <param name="isTrusted">Whether its outputs may run scripts.</param>
    /// <param name="browser">What opens it.</param>
    /// <param name="look">What is done with the page.</param>
    internal async Task OpenInNotebookAsync(
        string file, bool isTrusted, ChromiumBrowser browser, Func<IPage, IReadOnlyList<string>, Task> look)
    {
        var jupyter = Jupyter();
        PythonOracle.Require("notebook");
        const string name = "executed.ipynb";
        File.Copy(file, jupyter[name], overwrite: true);
        if (isTrusted)
            await jupyter.RunAsync("-m", "nbformat.sign", jupyter[name]);
        await using var server = await NotebookServer.StartAsync(jupyter, browser);
        var errors = new List<string>();
        await look(await server.OpenAsync(name, errors.Add), errors);
    }

    /// <summary>Interrupts an endless training again and again: each cell ends and variables stay.</summary>
    internal async Task InterruptTrainingAsync(string name, string kernel, int times)
    {
        var variables = Variables();
        variables["SCREENER_DESCRIPTOR_STEPS"] = "1000000";
        await Jupyter().RunAsync("-c", Interrupt, name, kernel, $"{times}", JsonSerializer.Serialize(variables));
    }

    public void Dispose()
    {
        _jupyter?.Dispose();
        _folder.Dispose();
    }

    private Dictionary<string, string> Variables() => new()
    {
        ["SCREENER_ARTIFACTS"] = _folder["lessons"],
        ["SCREENER_MODEL"] = Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Models", "quick.screener"),
        ["SCREENER_SHARED_CT"] = _folder["none"],
        ["SCREENER_TRAINING_CASES"] = "2",
        ["SCREENER_TEST_CASES"] = "1",
        ["SCREENER_DESCRIPTOR_STEPS"] = "4",
        ["SCREENER_CONDITION_STEPS"] = "4",
        ["SCREENER_FIT_STEPS"] = "4",
        ["NUGET_PACKAGES"] = _folder["packages"],
    };

    private JupyterFolder Jupyter()
    {
        lock (_gate)
        {
            if (_jupyter is not null)
                return _jupyter;
            var jupyter = new JupyterFolder("nbclient", "nbformat");
            PackedScreener.Pack(_folder["feed"], Version, jupyter["nuget.config"]);
            foreach (string name in LessonFiles.Names.Select(n => n.Data))
            {
                string lesson = File.ReadAllText(Path.Combine(LessonFiles.Folder, name));
                string pinned = LessonFiles.PackageCell[..^1], own = $"{pinned[..(pinned.LastIndexOf(' ') + 1)]}{Version}";
                File.WriteAllText(jupyter[name], lesson.Replace(Escaped(pinned), Escaped(own), StringComparison.Ordinal));
            }

            return _jupyter = jupyter;
        }

        // As JSON has it.
        static string Escaped(string text) => text.Replace("\"", "\\\"", StringComparison.Ordinal);
    }
}
