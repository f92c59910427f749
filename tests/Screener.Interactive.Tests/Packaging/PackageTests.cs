using System.IO.Compression;
using System.Xml.Linq;

namespace Screener.Interactive.Tests.Packaging;

public sealed class PackageTests(RestoredPackage package) : IClassFixture<RestoredPackage>
{
    [Fact]
    public void ThePackageHoldsTheLibraryTheExtensionAndNoSecondFormattingLibrary()
    {
        using var zip = ZipFile.OpenRead(package.PackagePath("Screener.Interactive"));
        var files = zip.Entries.Select(e => e.FullName).ToHashSet();
        Assert.Contains("interactive-extensions/dotnet/extension.dib", files);
        Assert.Contains("lib/net10.0/Screener.Interactive.dll", files);
        Assert.Contains("lib/net10.0/Screener.Interactive.xml", files);
        Assert.Equal(["lib/net10.0/Screener.Interactive.dll"], files.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)));

        var dependencies = Dependencies(zip);
        Assert.All(
            ["Screener", "Screener.Experiments", "Screener.Phantoms", "Screener.PyTorch"],
            d => Assert.Equal(RestoredPackage.Version, dependencies[d]));
        Assert.Contains("Plotly.NET", dependencies.Keys);
        Assert.DoesNotContain(dependencies.Keys, d => d.StartsWith("Microsoft.DotNet.Interactive", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void TheLibrarysPackageBringsExactlyOneLibtorch()
    {
        using var zip = ZipFile.OpenRead(package.PackagePath("Screener"));
        var dependencies = Dependencies(zip);
        Assert.Contains("TorchSharp", dependencies.Keys);
        Assert.Single(
            dependencies.Keys,
            d => d.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase)
                || d.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void AfterLoadingThePackageItsTypesAreShownItsWayAndTorchWorks()
    {
        var answers = package.RunCells(
            "PretrainingOptions.Quick",
            "new CtVolume(new VolumeGrid(new(8, 9, 10), Affine.Identity), new float[720], \"a <b>CT</b>\")",
            "torch.arange(6).reshape(2, 3).matmul(torch.ones(3, 1, torch.int64))",
            "TorchRuntime.EnsureLoaded()");
        Assert.All(answers, a => Assert.False(a.ContainsKey("error"), a.GetValueOrDefault("error")));
        Assert.Equal("text/html", answers[0]["preferred"]);
        Assert.Contains("other than the paper", answers[0]["text/html"], StringComparison.Ordinal);
        Assert.Contains("a &lt;b&gt;CT&lt;/b&gt;", answers[1]["text/html"], StringComparison.Ordinal);

        // Ours, not TorchSharp's own formatter: and its sums show that libtorch was found in the package folders.
        Assert.Contains("class=\"screener ", answers[2]["text/html"], StringComparison.Ordinal);
        Assert.Contains("[2, 1]", answers[2]["text/plain"], StringComparison.Ordinal);
        Assert.Contains("12", answers[2]["text/plain"], StringComparison.Ordinal);
    }

    [Fact]
    public void ADllNamedByItsPathShowsItsTypesOnceTheyAreRegistered()
    {
        var answers = RestoredPackage.RunCellsByPath(
            Path.Combine(AppContext.BaseDirectory, "Screener.Interactive.dll"),
            "Screener.Interactive.NotebookFormatters.Register()",
            "Screener.Training.PretrainingOptions.Quick",
            "using Screener.Imaging; new CtVolume(new VolumeGrid(new(8, 9, 10), Affine.Identity), new float[720], \"by path\")");
        Assert.All(answers, a => Assert.False(a.ContainsKey("error"), a.GetValueOrDefault("error")));
        Assert.Contains("other than the paper", answers[0]["text/html"], StringComparison.Ordinal);
        Assert.Contains("by path", answers[1]["text/html"], StringComparison.Ordinal);
        Assert.Contains("application/json", answers[1]["text/html"], StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Dependencies(ZipArchive zip)
    {
        using var stream = zip.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Descendants().Where(e => e.Name.LocalName == "dependency").ToDictionary(
            e => (string)e.Attribute("id")!, e => (string)e.Attribute("version")!);
    }
}
