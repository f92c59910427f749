using Screener.Imaging;
using Screener.Inference;
using Screener.Runtime;
using Screener.Tests.PyTorch;
using Screener.Training;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class ConvertVerbTests(PythonCheckpoints files)
{
    [Fact]
    public async Task CheckpointsBecomeFilesThatTheOtherCommandsRead()
    {
        using var folder = new TemporaryFolder();
        var run = await CommandLine.RunAsync(
            "convert", files["descriptor.pt"], "--as", "descriptor", "--out", folder["d.network"], "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Json().GetProperty("notes").GetArrayLength());
        Assert.Contains("time embedding", run.Error);
        using var descriptor = NetworkFile.ReadDescriptor(folder["d.network"]).Network;
        Assert.Equal(5, descriptor.Options.DescriptorChannels);

        run = await CommandLine.RunAsync("convert", files["condition.ckpt"], "--as", "condition", "--out", folder["c.network"]);
        Assert.Equal(0, run.ExitCode);
        using var condition = NetworkFile.ReadCondition(folder["c.network"]).Network;
        Assert.Equal(6, condition.Options.DescriptorChannels);

        // The flow's own descriptor, then another one that gives as many features.
        foreach (string[] more in (string[][])[[], ["--descriptor", folder["d.network"]]])
        {
            run = await CommandLine.RunAsync(["convert", files["glow.ckpt"], "--as", "glow", "--out", folder["m.screener"], .. more]);
            Assert.Equal(0, run.ExitCode);
            using var model = ScreenerModel.Load(folder["m.screener"], new ComputeOptions { Device = "cpu", Threads = 1 });
            Assert.Equal(more.Length == 0 ? 2 : 6, model.Descriptor.Options.Levels);
            Assert.Equal(new VolumeShape(2, 3, 3), model.FittingOptions.PoolKernel);
            Assert.Contains("pooled by 2 x 3 x 3 voxels", run.Error);
        }

        run = await CommandLine.RunAsync("convert", files["glow.ckpt"], "--as", "glow", "--pool", "1,2,4", "--out", folder["m.screener"]);
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain("pooled by", run.Error);
        using var pooled = ScreenerModel.Load(folder["m.screener"], new ComputeOptions { Device = "cpu", Threads = 1 });
        Assert.Equal(new VolumeShape(1, 2, 4), pooled.FittingOptions.PoolKernel);
    }

    [Theory]
    [InlineData("glow", "2,3", "expected three whole numbers")]
    [InlineData("glow", "2,3,0", "expected three whole numbers")]
    [InlineData("glow", "2,-3,3", "expected three whole numbers")]
    [InlineData("glow", "2,3,65", "PoolKernel.Width")]
    [InlineData("descriptor", "2,3,3", "Leave --pool out")]
    public async Task APoolThatCannotBeIsWrongUsage(string kind, string pool, string mention)
    {
        var run = await CommandLine.RunAsync("convert", "absent.ckpt", "--as", kind, "--pool", pool, "--out", "m.screener");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(mention, run.Error);
    }

    [Fact]
    public async Task WhatIsRefusedIsOneLineAndNothingIsWritten()
    {
        using var folder = new TemporaryFolder();
        var run = await CommandLine.RunAsync("convert", files["evil0.pt"], "--as", "descriptor", "--out", folder["d.network"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("'posix.system'", Assert.Single(run.Error.TrimEnd('\n').Split('\n')));
        run = await CommandLine.RunAsync("convert", files["glow.ckpt"], "--as", "condition", "--out", folder["d.network"]);
        Assert.Equal(1, run.ExitCode);
        run = await CommandLine.RunAsync("convert", files["descriptor.pt"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Add --out", run.Error);
        Assert.Empty(Directory.GetFiles(folder[""]));
    }
}
