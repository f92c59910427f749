using System.Text.Json.Nodes;
using Screener.Kernel.Installation;
using Screener.Tests;

namespace Screener.Kernel.Tests.Installation;

public sealed class KernelInstallationTests
{
    [Fact]
    public void BothNamesAreInstalledWhereDotNetInteractiveIsAbsent()
    {
        using var folder = new TemporaryFolder();
        var installation = Of(folder);
        Assert.Equal(["screener-csharp", ".net-csharp"], installation.Install().Select(s => s.Name));
        foreach (string name in (string[])["screener-csharp", ".net-csharp"])
        {
            var spec = JsonNode.Parse(File.ReadAllText(folder[$"data/kernels/{name}/kernel.json"]))!;
            string[] argv = [.. spec["argv"]!.AsArray().Select(a => a!.GetValue<string>())];
            Assert.Equal(3, argv.Length);
            Assert.True(File.Exists(argv[0]), argv[0]);
            Assert.True(File.Exists(argv[1]) && Path.GetFileName(argv[1]) == "Screener.Kernel.dll", argv[1]);
            Assert.Equal(
                ("{connection_file}", "C#", "message"),
                (argv[2], spec["language"]!.GetValue<string>(), spec["interrupt_mode"]!.GetValue<string>()));
        }

        Assert.Equal(2, installation.List().Count(s => s.IsOurs && s.Folder.StartsWith(folder.FullName, StringComparison.Ordinal)));

        // Again: only renewed.
        Assert.Equal(2, installation.Install().Count);
        Assert.Equal(2, installation.Uninstall().Count);
        Assert.Empty(Directory.GetFileSystemEntries(folder["data/kernels"]));
        Assert.Empty(installation.Uninstall());
    }

    [Theory]
    [InlineData("data/kernels")]
    [InlineData("more/kernels")]
    [InlineData("environment/share/jupyter/kernels")]
    public void DotNetInteractivesOwnIsNeitherReplacedNorRemoved(string place)
    {
        using var folder = new TemporaryFolder();
        string foreign = folder[$"{place}/.net-csharp/kernel.json"];
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        const string Spec =
            """{"argv": ["dotnet", "interactive", "jupyter", "{connection_file}"], "display_name": ".NET (C#)", "language": "C#"}""";
        File.WriteAllText(foreign, Spec);
        var installation = Of(folder);
        Assert.Equal(["screener-csharp"], installation.Install().Select(s => s.Name));
        Assert.Equal(Path.GetDirectoryName(foreign), installation.Foreign()!.Folder);
        Assert.Contains(installation.List(), s => !s.IsOurs);
        Assert.Equal(["screener-csharp"], installation.Uninstall().Select(s => s.Name));
        Assert.Equal(Spec, File.ReadAllText(foreign));
    }

    [Fact]
    public void ASpecThatCannotBeReadIsSomebodyElses()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data/kernels/.net-csharp"]);
        File.WriteAllText(folder["data/kernels/.net-csharp/kernel.json"], "{broken");
        Assert.Equal(["screener-csharp"], Of(folder).Install().Select(s => s.Name));
    }

    [Fact]
    public void APrefixIsInstalledTo()
    {
        using var folder = new TemporaryFolder();
        Of(folder).Install(folder["prefix"]);
        Assert.True(File.Exists(folder["prefix/share/jupyter/kernels/screener-csharp/kernel.json"]));
        Assert.False(Directory.Exists(folder["data"]));
        Assert.Equal(2, Of(folder).Uninstall(folder["prefix"]).Count);
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
