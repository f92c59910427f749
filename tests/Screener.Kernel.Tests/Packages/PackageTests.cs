using System.Text;
using Screener.Kernel.Tests.Language;
using Screener.Tests;

namespace Screener.Kernel.Tests.Packages;

/// <summary>Packages from a local feed, made here, and three from the feeds of this machine.</summary>
[Collection(WholeProcessCollection.Name)]
public sealed class PackageTests : IDisposable
{
    private readonly PackageFeed feed = new();

    public void Dispose() => feed.Dispose();

    [Fact]
    public async Task A_package_arrives_with_what_it_depends_on_and_its_extension_runs_before_the_cell()
    {
        var inner = PackageFeed.Compile("Inner", "public static class Inner { public static string Name => \"inner\"; }");
        var outer = PackageFeed.Compile(
            "Outer", "namespace Outside; public static class Outer { public static string Name => \"outer of \" + Inner.Name; }", "1.0.0.0",
            inner);
        feed.Pack("Test.Inner", "1.2.0", [], ("lib/net8.0/Inner.dll", inner));
        feed.Pack(
            "Test.Outer",
            "2.0.0",
            [("Test.Inner", "1.0.0")],
            ("lib/net8.0/Outer.dll", outer),
            ("interactive-extensions/dotnet/extension.dib",
                Encoding.UTF8.GetBytes("#!csharp\nusing Outside;\nvar fromExtension = Outer.Name;\n\n#!markdown\n# Hello\n")));
        await using var notebook = feed.NewNotebook();
        var (value, output) = await notebook.RunAsync("#r \"nuget: Test.Outer, 2.0.0\"\nfromExtension + \"!\"");
        Assert.Equal("outer of inner!", value);
        Assert.Contains("<li><span>Test.Outer, 2.0.0</span></li>", output.Updates[^1].Data.Data["text/html"], StringComparison.Ordinal);
        Assert.Equal("# Hello", output.Displays[^1].Data.Data["text/markdown"].Trim());
        await notebook.RunAsync("#r \"nuget: Test.Outer, 2.0.0\"\n#r \"nuget:Test.Inner\"");

        var missing = await notebook.FailAsync("#r \"nuget: Test.Missing, 3.0.0\"");
        Assert.Contains("error NU1101: Unable to find package Test.Missing", missing.Message, StringComparison.Ordinal);
        Assert.Equal("inner", (await notebook.RunAsync("Inner.Name")).Value);
    }

    // Plotly.NET needs a newer FSharp.Core than .NET Interactive's; its extension, and SkiaSharp's, need the engine itself.
    [Fact]
    public async Task Packages_that_extend_the_engine_do()
    {
        File.Delete("nuget.config");
        await using var notebook = new Notebook();
        var (_, output) = await notebook.RunAsync(
            "#r \"nuget: Plotly.NET.Interactive, 6.0.0\"\n#r \"nuget: Microsoft.Data.Analysis, 0.23.1\"\n#r \"nuget: SkiaSharp, 2.88.9\"\n"
            + "#r \"nuget: SkiaSharp.NativeAssets.Linux.NoDependencies, 2.88.9\"");
        Assert.Single(output.Displays);
        Assert.Contains(
            "renderPlotly", (await notebook.RunAsync(
                "var trace = new Plotly.NET.Trace(\"scatter\"); trace.SetProperty(\"y\", new[] { 1, 3, 2 });\n"
                + "Plotly.NET.GenericChart.ofTraceObject(true, trace)")).Value, StringComparison.Ordinal);
        Assert.StartsWith(
            "<table", (await notebook.RunAsync(
                "using Microsoft.Data.Analysis;\nnew DataFrame(new PrimitiveDataFrameColumn<int>(\"a\", new int[] { 1, 2 }))")).Value,
            StringComparison.Ordinal);
        Assert.Contains(
            "data:image/png", (await notebook.RunAsync(
                "using SkiaSharp;\nvar surface = SKSurface.Create(new SKImageInfo(20, 20)); var image = surface.Snapshot(); image")).Value,
            StringComparison.Ordinal);

        // Their finalizers would look for the native library when the session that knows where it lies is gone.
        await notebook.RunAsync("image.Dispose(); surface.Dispose();");
    }
}
