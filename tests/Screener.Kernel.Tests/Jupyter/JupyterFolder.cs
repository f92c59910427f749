using System.Diagnostics;
using Screener.Kernel.Installation;
using Screener.Tests;

namespace Screener.Kernel.Tests.Jupyter;

/// <summary>Jupyter as it is installed here, with the kernel installed, and with nothing of the user's own touched.</summary>
internal sealed class JupyterFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Skips the running test unless the Python modules are here.</summary>
    internal JupyterFolder(params string[] modules)
    {
        PythonOracle.Require(modules);
        foreach (string name in (string[])["data", "config", "runtime", "work", "home"])
            Directory.CreateDirectory(_folder[name]);
        var paths = new JupyterPaths(name => name == "JUPYTER_DATA_DIR" ? _folder["data"] : null, _folder["home"]);
        new KernelInstallation(paths).Install(File.WriteAllText);
    }

    /// <summary>The folder of the notebooks.</summary>
    internal string Work => _folder["work"];

    /// <summary>A file among the notebooks.</summary>
    internal string this[string name] => Path.Combine(Work, name);

    /// <summary>Installs .NET Interactive itself as the kernel that the lessons name, as environment/lab.sh does.</summary>
    internal async Task InstallDotNetInteractiveAsync() =>
        await EndAsync(Start("/bin/bash", Path.Combine(RepositoryFolder.Find(), "environment", "interactive.sh"), _folder["data/kernels"]));

    /// <summary>Starts a Python program there.</summary>
    internal Process Start(params string[] arguments) => Start("/usr/bin/python3", arguments);

    /// <summary>Runs a Python program to its end, and fails the test if it fails.</summary>
    internal Task<string> RunAsync(params string[] arguments) => EndAsync(Start(arguments));

    public void Dispose() => _folder.Dispose();

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("JUPYTER_DATA_DIR", _folder["data"]), ("JUPYTER_CONFIG_DIR", _folder["config"]), ("JUPYTER_RUNTIME_DIR", _folder["runtime"]),
            ("JUPYTER_PATH", ""), ("IPYTHONDIR", _folder["home"]), ("PYDEVD_DISABLE_FILE_VALIDATION", "1"),
        ])
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<string> EndAsync(Process started)
    {
        using var process = started;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(15));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        string text = await output + await error;
        Assert.True(process.ExitCode == 0, text);
        return text;
    }
}
