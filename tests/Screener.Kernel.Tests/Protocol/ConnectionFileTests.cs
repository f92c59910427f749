using System.Diagnostics;
using Screener.Kernel.Protocol;
using Screener.Tests;

namespace Screener.Kernel.Tests.Protocol;

public sealed class ConnectionFileTests
{
    [Fact]
    public void ReadsWhatJupyterWrites()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], """
            {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5, "ip": "127.0.0.1",
             "key": "abc-1", "transport": "tcp", "signature_scheme": "hmac-sha256", "kernel_name": "screener-csharp",
             "jupyter_session": "x"}
            """);
        var file = ConnectionFile.Read(folder["c.json"]);
        Assert.Equal((1, 2, 3, 4, 5), (file.ShellPort, file.IopubPort, file.StdinPort, file.ControlPort, file.HbPort));
        Assert.Equal(("abc-1", "screener-csharp", "tcp://127.0.0.1:2"), (file.Key, file.KernelName, file.Address(file.IopubPort)));
    }

    [Fact]
    public void WhatIsWrittenIsReadAndNobodyElseReadsIt()
    {
        using var folder = new TemporaryFolder();
        var connection = ConnectionFile.OfFreePorts();
        connection.Write(folder["c.json"]);
        Assert.Equal(connection, ConnectionFile.Read(folder["c.json"]));
        Assert.Equal(64, connection.Key.Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["c.json"]));
    }

    [Fact]
    public void WhatIsThereIsNotWrittenOver()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["there"], "somebody's, whom everybody reads");
        Assert.Throws<IOException>(() => ConnectionFile.OfFreePorts().Write(folder["there"]));
        Assert.Equal("somebody's, whom everybody reads", File.ReadAllText(folder["there"]));
    }

    [Fact]
    public async Task ANamedPipeIsRefusedAndNotWaitedFor()
    {
        using var folder = new TemporaryFolder();
        await NamedPipe.MakeAsync(folder["pipe"]);
        Assert.Contains(
            "a named pipe",
            (await NamedPipe.InTime(() => Assert.Throws<ProtocolException>(() => ConnectionFile.Read(folder["pipe"])))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesOfProcessesThatAreGoneAreRemoved()
    {
        using var gone = Process.Start("dotnet", ["--version"]);
        await gone.WaitForExitAsync(TestContext.Current.CancellationToken);
        string left = Path.Combine(Path.GetTempPath(), $"screener-kernel-{gone.Id}-left.json");
        File.WriteAllText(left, "{}");
        string first = ConnectionFile.OfFreePorts().WriteTemporary(), second = ConnectionFile.OfFreePorts().WriteTemporary();
        try
        {
            Assert.False(File.Exists(left));
            Assert.True(File.Exists(first));
        }
        finally
        {
            File.Delete(first);
            File.Delete(second);
        }
    }

    [Theory]
    [InlineData("", "no connection file")]
    [InlineData("null", "null")]
    [InlineData("{\"shell_port\": 1}", "no connection file")]
    [InlineData("""{"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"transport":"ipc"}""", "transport 'ipc'")]
    [InlineData("""{"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"key":"k","signature_scheme":"hmac-md5"}""",
        "hmac-md5")]
    public void AnythingElseIsRefused(string text, string mention)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], text);
        Assert.Contains(
            mention, Assert.Throws<ProtocolException>(() => ConnectionFile.Read(folder["c.json"])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "no connection file", Assert.Throws<ProtocolException>(() => ConnectionFile.Read(folder["absent.json"])).Message,
            StringComparison.Ordinal);
    }
}
