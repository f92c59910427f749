using Screener.PyTorch;
using Screener.Densities;
using Screener.Errors;
using Screener.Models;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.PyTorch;

/// <summary>Weights of Debian's PyTorch in the networks of this library: the same numbers come out.</summary>
[Collection(TorchCollection.Name)]
public sealed class PublishedCheckpointTests(PythonCheckpoints files)
{
    private const double Tolerance = 1e-4;

    // The files' arrays are [N, C, rows, columns, slices].
    private Tensor Map(string name, params long[] shape)
    {
        using Tensor theirs = tensor(RawFloats.Read(files[name]), shape);
        return theirs.permute(0, 1, 4, 2, 3).contiguous();
    }

    private static void Same(Tensor expected, Tensor actual, double tolerance = Tolerance)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(expected.abs().max().item<float>(), 1, 1000);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }

    [Fact]
    public void ADescriptorComputesWhatPyTorchDoes()
    {
        using var image = Map("descriptor.image", 1, 1, 37, 34, 41);
        using var expected = Map("descriptor.map", 1, 5, 37, 34, 41);
        var imported = PublishedCheckpoint.ReadDescriptor(files["descriptor.pt"]);
        using var network = imported.Network;
        Assert.Equal(
            UNetOptions.Paper with { Channels = [4, 4, 8, 8, 8, 8], Depths = [1, 1, 1, 2, 3, 2], DescriptorChannels = 5 }, network.Options);
        Assert.Equal(
            ["The constant time embedding is in the biases of 18 convolutions.",
                "35 tensors of attention blocks, whose result the published network drops, are left out."], imported.Notes);
        using (no_grad())
        {
            using var map = network.forward(image);
            Same(expected, map);

            // The head's biases, summed into the finest level, must hold on the other ways to the map too.
            using var pooled = network.ForwardPooled(image, [3, 2, 2]);
            using var expectedPooled = nn.functional.avg_pool3d(expected, [3, 2, 2], [3, 2, 2]);
            Same(expectedPooled, pooled);
        }

        // Half precision in the file: the same network to three digits.
        using var half = PublishedCheckpoint.ReadDescriptor(files["half.pt"]).Network;
        using var rounded = half.forward(image);
        Same(expected, rounded, 0.5);
    }

    [Fact]
    public void AConditionNetworkComputesWhatPyTorchDoes()
    {
        using var image = Map("condition.image", 2, 1, 9, 12, 10);
        using var mask = Map("condition.mask", 2, 1, 9, 12, 10);
        using var expected = Map("condition.map", 2, 6, 9, 12, 10);
        var imported = PublishedCheckpoint.ReadCondition(files["condition.ckpt"]);
        using var network = imported.Network;
        Assert.Equal(1, network.Options.InChannels);
        Assert.Equal("5 tensors of other networks are left out, 'projector.0.weight' the first.", imported.Notes[^1]);
        using var map = network.Forward(image, mask);
        Same(expected, map);
    }

    [Fact]
    public void AScheduleThatPicklesFunctionsDoesNotBlockTheWeights()
    {
        var imported = PublishedCheckpoint.ReadCondition(files["onecycle.ckpt"]);
        imported.Network.Dispose();
        Assert.Contains("names '__builtin__.getattr' and ", imported.Notes[^1]);
    }

    [Fact]
    public void AFlowScoresWhatPyTorchDoes()
    {
        var options = new PublishedCheckpointOptions { PoolKernel = new(2, 3, 3) };
        using var features = Map("glow.features", 2, 5, 4, 3, 4);
        using var image = Map("glow.image", 2, 1, 12, 9, 8);
        using var expected = Map("glow.score", 2, 1, 4, 3, 4);
        using var model = PublishedCheckpoint.ReadModel(files["glow.ckpt"], null, options).Network;
        var density = Assert.IsType<GlowDensity>(Assert.Single(model.Densities));
        Assert.Equal((3, 7, 5), (density.Options.Blocks, density.Options.HiddenChannels, density.FeatureChannels));
        using var score = density.NegativeLogLikelihood(features, null);
        Same(expected.squeeze(1), score);

        // Of the whole model the pooled score is the flow's, upsampled to the window.
        using var upsampled = nn.functional.interpolate(
            expected, size: image.shape[2..], mode: InterpolationMode.Trilinear, align_corners: false);
        using var window = model.Score(image, new Screener.Conditions.PatchPlacement[2], [0]);
        Same(upsampled, window);
        Assert.Equal("none + glow", Assert.Single(model.Heads).Name);
    }

    [Fact]
    public void AModelIsSavedAndANetworkIsWrittenAsTrainedOnesAre()
    {
        using var folder = new TemporaryFolder();
        using var descriptor = PublishedCheckpoint.ReadDescriptor(files["glow.ckpt"]).Network;
        PublishedCheckpoint.Write(folder["d.network"], descriptor);
        var trained = NetworkFile.ReadDescriptor(folder["d.network"]);
        Assert.Equal(PretrainingOptions.Paper with { Network = descriptor.Options }, trained.Options);
        using var model = PublishedCheckpoint.ReadModel(files["glow.ckpt"], trained).Network;
        model.Save(folder["m.screener"]);
        using var same = PublishedCheckpoint.ReadModel(files["glow.ckpt"]).Network;
        same.Save(folder["n.screener"]);
        Assert.Equal(File.ReadAllBytes(folder["m.screener"]), File.ReadAllBytes(folder["n.screener"]));
        using var condition = PublishedCheckpoint.ReadCondition(files["condition.ckpt"]).Network;
        PublishedCheckpoint.Write(folder["c.network"], condition);
        using var read = NetworkFile.ReadCondition(folder["c.network"]).Network;
        Assert.Equal(condition.Options, read.Options);
    }

    [Fact]
    public void AxesAsTheyAreHereAreNotTurned()
    {
        var asHere = new PublishedCheckpointOptions { Axes = CheckpointAxes.SlicesFirst };
        using var turned = PublishedCheckpoint.ReadDescriptor(files["glow.ckpt"]).Network;
        using var straight = PublishedCheckpoint.ReadDescriptor(files["glow.ckpt"], asHere).Network;
        using var image = Map("glow.image", 2, 1, 12, 9, 8);
        using var inTheirAxes = image.permute(0, 1, 3, 4, 2).contiguous();
        using var first = turned.forward(image);
        using var second = straight.forward(inTheirAxes);
        using var back = second.permute(0, 1, 4, 2, 3);
        Same(first, back, 1e-5);
    }

    [Fact]
    public void AnotherNetworkIsRefusedWithEveryDifference()
    {
        Assert.Contains(
            "2 input channels",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(files["condition.ckpt"])).Message);
        Assert.Contains(
            "1 input channels",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadCondition(files["descriptor.pt"])).Message);
        Assert.Equal(
            ["glow_blocks.0.inv_linear.weight"],
            Assert.Throws<StateDictException>(() => PublishedCheckpoint.ReadModel(files["descriptor.pt"])).Missing);
        Assert.Equal(
            ["unet.stem_conv.weight"],
            Assert.Throws<StateDictException>(() => PublishedCheckpoint.ReadDescriptor(files["every2.pt"])).Missing);
        var error = Assert.Throws<StateDictException>(() => PublishedCheckpoint.ReadDescriptor(files["changed.pt"]));
        Assert.Equal(
            ["unet.decoder_stages.1.res_blocks.0.conv_1.bias", "unet.encoder_stages.3.res_blocks.1.time_embed_proj.1.bias"],
            error.Missing.Order());
        Assert.Equal(["convs.6.weight", "epoch", "unet.extra"], error.Surplus.Order());
        Assert.Equal(
            ["convs.2.bias [6] in place of [5]", "unet.encoder_stages.4.attn_blocks.0.qkv.bias [4] in place of [24]",
                "unet.stem_conv.weight [4, 1, 3, 3] in place of [4, 1, 3, 3, 3]"],
            error.Misshapen.Order());
        Assert.Contains("2 missing (unet.", error.Message);
        Assert.Contains("3 surplus (", error.Message);
        Assert.Contains("3 of another shape (", error.Message);
        Assert.Contains(
            "not finite", Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(files["nan.pt"])).Message);
        Assert.Contains(
            "act-norm was never started",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadModel(files["fresh.pt"])).Message);
        Assert.Contains(
            "network that cannot be: Channels 9",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(files["odd.pt"])).Message);
        Assert.Contains(
            "share their numbers",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(files["shared.pt"])).Message);
        using var descriptor = PublishedCheckpoint.ReadDescriptor(files["wide.pt"]).Network;
        var other = new TrainedNetwork(PretrainingOptions.Paper with { Network = descriptor.Options }, descriptor, []);
        Assert.Contains(
            "a flow of 5 features",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadModel(files["glow.ckpt"], other)).Message);
    }

    [Fact]
    public void TheNetworkIsFoundUnderAnyPrefix()
    {
        string expected = Weights(PublishedCheckpoint.ReadDescriptor(files["wide.pt"]).Network);
        foreach (string name in (string[])["parallel.pt", "compiled.pt", "both.ckpt"])
            Assert.Equal(expected, Weights(PublishedCheckpoint.ReadDescriptor(files[name]).Network));
        Assert.Contains(
            "several networks, under 'a.', 'b.'",
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(files["several.pt"])).Message);
        Assert.Equal(expected, Weights(PublishedCheckpoint.ReadDescriptor(files["several.pt"], new() { Prefix = "b." }).Network));

        // Without the time embedding, there is nothing to add.
        var plain = PublishedCheckpoint.ReadDescriptor(files["plain.pt"]);
        Assert.Empty(plain.Notes);
        Assert.NotEqual(expected, Weights(plain.Network));

        static string Weights(DescriptorModel network)
        {
            using (network)
                return string.Join(' ', network.parameters().Select(p => p.detach().sum().item<float>()));
        }
    }

    [Fact]
    public void OptionsAreChecked()
    {
        Assert.Throws<OptionException>(() => PublishedCheckpoint.ReadModel("any", null, new() { PoolKernel = new(0, 3, 3) }));
        Assert.Throws<OptionException>(() => PublishedCheckpoint.ReadDescriptor("any", new() { Axes = (CheckpointAxes)7 }));
    }

    [Fact]
    public void NothingLeaks()
    {
        string glow = files["glow.ckpt"], condition = files["condition.ckpt"], nan = files["nan.pt"];
        TensorLeaks.Check(() =>
        {
            PublishedCheckpoint.ReadModel(glow).Network.Dispose();
            PublishedCheckpoint.ReadCondition(condition).Network.Dispose();
            Assert.Throws<TorchFileException>(() => PublishedCheckpoint.ReadDescriptor(nan));
        });
    }
}
