using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace Screener.Cli.Tests;

/// <summary>A processor without AVX-512, as most laptops have, is told to a child process by what it may use.</summary>
[Collection(TorchCollection.Name)]
public sealed class OtherProcessorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AutoTakesFloat32ThereAndEmulationIsToldInOneLine()
    {
        Assert.SkipUnless(Avx2.IsSupported, "the processor has no AVX2");
        await Prepare();
        var (auto, notes) = await Train("auto.network");
        Assert.Equal("float32", auto.GetProperty("precision").GetString());
        Assert.DoesNotContain("emulated", notes);

        (var half, notes) = await Train("half.network", "--precision", "bfloat16");
        Assert.Equal("bfloat16", half.GetProperty("precision").GetString());
        Assert.Single(notes.Split('\n'), line => line.Contains("bfloat16 is emulated", StringComparison.Ordinal));

        // What is learnt does not depend on the processor but by rounding.
        var here = await CommandLine.RunAsync([.. Arguments("here.network"), "--precision", "float32"]);
        Assert.True(here.ExitCode == 0, here.Error);
        double expected = here.Json().GetProperty("loss").GetProperty("loss").GetDouble();
        Assert.Equal(expected, auto.GetProperty("loss").GetProperty("loss").GetDouble(), 1e-3 * expected);
    }

    [Fact]
    public async Task ATrainingFromAnotherProcessorGoesOnInThePrecisionItBeganWith()
    {
        Assert.SkipUnless(Avx512F.IsSupported, "the processor has no AVX-512, which the other one lacks");
        await Prepare();
        var begun = await CommandLine.RunAsync([.. Arguments("moved.network"), "--precision", "bfloat16", "--steps", "4"]);
        Assert.True(begun.ExitCode == 0, begun.Error);

        var (moved, notes) = await Train("moved.network", "--steps", "4");
        Assert.Equal("bfloat16", moved.GetProperty("precision").GetString());
        Assert.Contains("bits will not be those of a run on one machine", notes);
        Assert.Contains("bfloat16 is emulated", notes);

        var refused = await CommandLine.RunAsync([.. Arguments("moved.network"), "--precision", "float32", "--steps", "4"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("a checkpoint of a run in BFloat16", refused.Error);
    }

    [Fact]
    public async Task WhatIsMadeWithoutNetworksIsEqualToTheBit()
    {
        Assert.SkipUnless(Avx512F.IsSupported, "the processor has no AVX-512, which the other one lacks");
        await Prepare();
        await RunThere("phantom", "--out", _folder["there/ph"], "--cohort", "train", "--cases", "1", "--quiet");
        await RunThere("prepare", _folder["ph/train"], "--out", _folder["there/prep"], "--profile", "quick", "--quiet");
        foreach (string folder in (string[])["ph", "prep"])
        {
            string[] files = [.. Directory.GetFiles(_folder[folder], "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".json", StringComparison.Ordinal))];
            Assert.NotEmpty(files);
            foreach (string file in files)
                Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder["there/" + Path.GetRelativePath(_folder.FullName, file)]));
        }
    }

    private async Task Prepare()
    {
        File.WriteAllText(_folder["tiny.json"], TinyOptions.Pretraining);
        var run = await CommandLine.RunAsync("phantom", "--out", _folder["ph"], "--cohort", "train", "--cases", "1", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        run = await CommandLine.RunAsync("prepare", _folder["ph/train"], "--out", _folder["prep"], "--profile", "quick", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private string[] Arguments(string file) =>
        ["pretrain", "descriptor", "--volumes", _folder["prep"], "--out", _folder[file], "--options", _folder["tiny.json"], "--threads", "1", "--json"];

    private async Task<(JsonElement Result, string Notes)> Train(string file, params string[] more)
    {
        var (output, notes) = await RunThere([.. Arguments(file), .. more]);
        return (JsonDocument.Parse(output).RootElement, notes);
    }

    // On a processor of AVX2 alone.
    private static async Task<(string Output, string Notes)> RunThere(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Screener.Cli.Program).Assembly.Location, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_EnableAVX512"] = "0";
        start.Environment["ONEDNN_MAX_CPU_ISA"] = "AVX2";
        start.Environment["ATEN_CPU_CAPABILITY"] = "avx2";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return (await output, await error);
    }
}
