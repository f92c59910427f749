using System.Text.Json.Nodes;
using Screener.Kernel.Installation;
using Screener.Tests;

namespace Screener.Kernel.Tests.Installation;

public sealed class KernelInstallationTests
{
    [Fact]
    public void TheKernelIsInstalledUnderItsOwnNameAndRemovedAgain()
    {
        using var folder = new TemporaryFolder();
        var installation = Of(folder);
        Assert.Equal("screener-csharp", installation.Install(File.WriteAllText).Name);
        var spec = JsonNode.Parse(File.ReadAllText(folder["data/kernels/screener-csharp/kernel.json"]))!;
        string[] argv = [.. spec["argv"]!.AsArray().Select(a => a!.GetValue<string>())];
        Assert.Equal(3, argv.Length);
        Assert.True(File.Exists(argv[0]), argv[0]);
        Assert.True(File.Exists(argv[1]) && Path.GetFileName(argv[1]) == "Screener.Kernel.dll", argv[1]);
        Assert.Equal(
            ("{connection_file}", "C#", "message"),
            (argv[2], spec["language"]!.GetValue<string>(), spec["interrupt_mode"]!.GetValue<string>()));
        Assert.Single(installation.List(), s => s.IsOurs && s.Folder.StartsWith(folder.FullName, StringComparison.Ordinal));

        // Again: only renewed, and what an earlier version wrote under .NET Interactive's name goes.
        string earlier = folder["data/kernels/.net-csharp"];
        Directory.CreateDirectory(earlier);
        File.Copy(folder["data/kernels/screener-csharp/kernel.json"], Path.Combine(earlier, "kernel.json"));
        Assert.True(installation.Install(File.WriteAllText).IsOurs);
        Assert.False(Directory.Exists(earlier));
        Assert.Single(installation.Uninstall());
        Assert.Empty(Directory.GetFileSystemEntries(folder["data/kernels"]));
        Assert.Empty(installation.Uninstall());
    }

    [Theory]
    [InlineData(".net-csharp", """{"argv": ["dotnet", "interactive", "jupyter", "{connection_file}"], "display_name": ".NET (C#)"}""")]
    [InlineData("screener-csharp", "{broken")]
    public void WhatIsNotOursIsNeitherReplacedNorRemoved(string name, string text)
    {
        using var folder = new TemporaryFolder();
        string foreign = folder[$"data/kernels/{name}/kernel.json"];
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        File.WriteAllText(foreign, text);
        var installation = Of(folder);
        Assert.Equal(name != "screener-csharp", installation.Install(File.WriteAllText).IsOurs);
        Assert.DoesNotContain(installation.Uninstall(), s => s.Name == name);
        Assert.Equal(text, File.ReadAllText(foreign));
    }

    [Fact]
    public async Task ANamedPipeIsSomebodyElsesAndNotWaitedFor()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data/kernels/screener-csharp"]);
        await NamedPipe.MakeAsync(folder["data/kernels/screener-csharp/kernel.json"]);
        Assert.False((await NamedPipe.InTime(() => Of(folder).Install(File.WriteAllText))).IsOurs);
        Assert.Empty(await NamedPipe.InTime(() => Of(folder).Uninstall()));
    }

    [Fact]
    public void APrefixIsInstalledTo()
    {
        using var folder = new TemporaryFolder();
        Of(folder).Install(File.WriteAllText, folder["prefix"]);
        Assert.True(File.Exists(folder["prefix/share/jupyter/kernels/screener-csharp/kernel.json"]));
        Assert.False(Directory.Exists(folder["data"]));
        Assert.Single(Of(folder).Uninstall(folder["prefix"]));
    }

    private static KernelInstallation Of(TemporaryFolder folder) => new(new JupyterPaths(
        name => name switch
        {
            "JUPYTER_DATA_DIR" => folder["data"],
            "JUPYTER_PATH" => folder["more"],
            "VIRTUAL_ENV" => folder["environment"],
            _ => null,
        }, folder["home"]));
}
