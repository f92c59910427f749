using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class FeaturePyramidNetworkTests
{
    [Theory]
    [InlineData(1, 8, 8, 8)]
    [InlineData(1, 9, 13, 7)]
    [InlineData(2, 16, 12, 8)]
    [InlineData(2, 19, 13, 9)]
    [InlineData(4, 16, 18, 27)]
    public void TheMapHasTheInputsSizeWhateverItIs(int stride, int d, int h, int w)
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(stride), new RandomStream(1));
        using var image = SmallNetworks.Random(2, 2, 1, d, h, w);
        using var map = network.forward(image);
        Assert.Equal(new long[] { 2, 5, d, h, w }, map.shape);
        Assert.Equal(ScalarType.Float32, map.dtype);
    }

    [Theory]
    [InlineData(1, 12, 9, 14, 3, 3, 2)]
    [InlineData(1, 8, 8, 8, 1, 1, 1)]
    [InlineData(2, 12, 9, 14, 3, 3, 2)]
    [InlineData(2, 17, 16, 15, 4, 2, 5)]
    [InlineData(4, 17, 16, 18, 4, 2, 5)]
    public void PoolingInsideTheNetworkIsPoolingTheMap(int stride, int d, int h, int w, long kd, long kh, long kw)
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(stride), new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 2, 1, d, h, w);
        using var noGradient = no_grad();
        using var map = network.forward(image);
        using var expected = nn.functional.avg_pool3d(map, [kd, kh, kw], [kd, kh, kw]);
        using var pooled = network.ForwardPooled(image, [kd, kh, kw]);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, pooled), 0, 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AtVoxelCentresPositionsReadTheFullResolutionMap(int stride)
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(stride), new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 2, 1, 11, 12, 13);
        using var map = network.forward(image);
        var voxels = new float[,,] { { { 0, 0, 0 }, { 10, 11, 12 }, { 3, 4, 5 } }, { { 10, 0, 12 }, { 7, 2, 9 }, { 1, 11, 6 } } };
        using var positions = tensor(voxels);
        using var at = network.ForwardAt(image, positions);
        Assert.Equal(new long[] { 6, 5 }, at.shape);
        for (int n = 0; n < 2; n++)
        {
            for (int p = 0; p < 3; p++)
            {
                for (int c = 0; c < 5; c++)
                {
                    float expected = map[n, c, (long)voxels[n, p, 0], (long)voxels[n, p, 1], (long)voxels[n, p, 2]].item<float>();
                    Assert.Equal(expected, at[(n * 3) + p, c].item<float>(), 1e-4f);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void BetweenVoxelsPositionsAreTrilinear(int stride)
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(stride), new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 1, 1, 11, 12, 13);
        using var map = network.ForwardFinest(image);
        var values = map.data<float>().ToArray();
        int D = (int)map.shape[2], H = (int)map.shape[3], W = (int)map.shape[4];
        var random = new RandomStream(5);
        var points = new float[1, 20, 3];
        for (int p = 0; p < 20; p++)
        {
            for (int axis = 0; axis < 3; axis++)
                points[0, p, axis] = (float)random.Uniform(-1, 13);
        }

        using var positions = tensor(points);
        using var at = network.ForwardAt(image, positions);
        for (int p = 0; p < 20; p++)
        {
            for (int c = 0; c < 5; c++)
            {
                double Axis(int axis, int size) => Math.Clamp(((points[0, p, axis] + 0.5) / stride) - 0.5, 0, size - 1);
                double d = Axis(0, D), h = Axis(1, H), w = Axis(2, W), expected = 0;
                for (int i = 0; i < D; i++)
                {
                    for (int j = 0; j < H; j++)
                    {
                        for (int k = 0; k < W; k++)
                            expected += Math.Max(0, 1 - Math.Abs(d - i)) * Math.Max(0, 1 - Math.Abs(h - j))
                                * Math.Max(0, 1 - Math.Abs(w - k)) * values[(((((c * D) + i) * H) + j) * W) + k];
                    }
                }

                Assert.Equal(expected, at[p, c].item<float>(), 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void BFloat16sGradientsAreThoseOfFloat32HoweverShallowTheMap(int depth)
    {
        var options = new UNetOptions { Channels = [16, 32], Depths = [1, 1], LayerScaleStart = 1 };
        using var image = SmallNetworks.Random(2, 4, 1, 2 * depth, 8, 8);
        var gradients = new List<float[]>();
        foreach (var precision in new[] { ComputePrecision.Float32, ComputePrecision.BFloat16 })
        {
            using var network = new FeaturePyramidNetwork(options, new RandomStream(1)) { Precision = precision };
            using var map = network.forward(image);
            using var loss = map.square().mean();
            loss.backward();
            gradients.Add([.. network.parameters().SelectMany(p => p.grad!.contiguous().data<float>().ToArray())]);
        }

        double largest = gradients[0].Max(Math.Abs);
        for (int i = 0; i < gradients[0].Length; i++)
            Assert.Equal(gradients[0][i], gradients[1][i], 0.05 * largest);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBitsAndTorchsOwnGeneratorIsLeftAlone()
    {
        using var before = get_rng_state();
        using var a = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        using var b = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        using var c = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(8));
        using var after = get_rng_state();
        Assert.True(before.equal(after).all().item<bool>());
        var (x, y, z) = (a.state_dict(), b.state_dict(), c.state_dict());
        Assert.All(x, entry => Assert.True(entry.Value.equal(y[entry.Key]).all().item<bool>()));
        Assert.Contains(x, entry => !entry.Value.equal(z[entry.Key]).all().item<bool>());
    }

    [Fact]
    public void AFreshNetworkIsFiniteEvenIfMemoryWasNot()
    {
        using (var dirt = full([1 << 20], float.NaN))
            Assert.True(dirt.isnan().all().item<bool>());
        using var network = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        Assert.All(network.parameters(), p => Assert.True(p.isfinite().all().item<bool>()));
        using var image = SmallNetworks.Random(2, 1, 1, 16, 16, 16);
        using var map = network.forward(image);
        Assert.True(map.isfinite().all().item<bool>());
    }

    [Fact]
    public void GroupNormStartsAsTheIdentity()
    {
        using var network = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name.Contains("norm", StringComparison.Ordinal))
                Assert.True((parameter == (name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0)).all().item<bool>(), name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InBFloat16ResultsStayClose(bool wholeModule)
    {
        using var network = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        using var noise = SmallNetworks.Random(2, 1, 1, 24, 24, 24);

        // A large offset and a small contrast: statistics in bf16 would lose the contrast.
        using var image = (noise * 0.1) + 0.5;
        using var noGradient = no_grad();
        using var expected = network.forward(image);
        if (wholeModule)
            network.to(ScalarType.BFloat16);
        else
            network.Precision = ComputePrecision.BFloat16;
        using var map = network.forward(image);
        Assert.Equal(ScalarType.Float32, map.dtype);
        using var error = (map - expected).square().mean().sqrt() / expected.std();
        Assert.InRange(error.item<float>(), 1e-6, 0.03);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void InBFloat16PoolingStaysClose(int stride)
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(stride), new RandomStream(1));
        using var image = SmallNetworks.Random(2, 2, 1, 12, 9, 14);
        using var noGradient = no_grad();
        using var expected = network.ForwardPooled(image, [2, 3, 3]);
        network.Precision = ComputePrecision.BFloat16;
        using var pooled = network.ForwardPooled(image, [2, 3, 3]);
        Assert.Equal(ScalarType.Float32, pooled.dtype);
        using var error = (pooled - expected).square().mean().sqrt() / expected.std();
        Assert.InRange(error.item<float>(), 1e-6, 0.03);
    }

    [Fact]
    public void GradientsOfABFloat16PassArriveInFloat32()
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(), new RandomStream(7))
        {
            Precision = ComputePrecision.BFloat16,
        };
        using var image = SmallNetworks.Random(2, 1, 1, 8, 8, 8);
        using var map = network.forward(image);
        using var loss = map.square().mean();
        loss.backward();
        Assert.All(network.parameters(), p =>
        {
            Assert.NotNull(p.grad);
            Assert.Equal(ScalarType.Float32, p.grad.dtype);
            Assert.True(p.grad.isfinite().all().item<bool>());
        });
    }

    [Theory]
    [InlineData(ComputePrecision.Float32)]
    [InlineData(ComputePrecision.BFloat16)]
    public void GradientsHaveTheSameBitsEveryTime(ComputePrecision precision)
    {
        using var network = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7)) { Precision = precision };
        using var images = SmallNetworks.Random(2, 4, 1, 24, 24, 24);

        // Many positions in few voxels: their gradients meet, and the order of the sum must not depend on threads.
        using var noise = SmallNetworks.Random(3, 4, 200, 3);
        using var positions = (noise * 2) + 12;
        float[][] runs = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            using var scope = NewDisposeScope();
            network.zero_grad();
            network.ForwardAt(images, positions).square().mean().backward();
            return network.parameters().SelectMany(p => p.grad!.data<float>().ToArray()).ToArray();
        })];
        Assert.Equal(runs[0], runs[1]);
        Assert.Equal(runs[0], runs[2]);
    }

    [Fact]
    public void NamesInCheckpointsAreStable()
    {
        using var model = new DescriptorModel(SmallNetworks.Options(), new RandomStream(1));
        var names = model.state_dict().Keys.ToHashSet();
        
        // Seven residual blocks of 9, stem, two downs, two merges, three heads and their one bias.
        Assert.Equal((7 * 9) + 2 + 4 + 4 + 4, names.Count);
        Assert.Superset(
            new HashSet<string>
            {
                "network.unet.stem.weight",
                "network.unet.down_stages.1.blocks.1.norm2.bias",
                "network.unet.downs.0.bias",
                "network.unet.merges.1.weight",
                "network.unet.up_stages.0.blocks.0.layer_scale",
                "network.head.levels.0.bias",
                "network.head.levels.2.weight",
            },
            names);
    }

    [Fact]
    public void TooSmallAnInputNamesTheSmallestOne()
    {
        using var network = new FeaturePyramidNetwork(UNetOptions.Quick, new RandomStream(7));
        using var image = zeros([1, 1, 16, 15, 16]);
        Assert.Contains("at least 16", Assert.Throws<OptionException>(() => network.forward(image)).Message);
    }

    [Fact]
    public void NothingLeaks()
    {
        using var network = new FeaturePyramidNetwork(SmallNetworks.Options(2), new RandomStream(1));
        using var image = SmallNetworks.Random(2, 1, 1, 17, 16, 16);
        using var positions = zeros([1, 4, 3]);
        TensorLeaks.Check(() => [network.forward(image)]);
        TensorLeaks.Check(() => [network.ForwardFinest(image)]);
        TensorLeaks.Check(() => [network.ForwardAt(image, positions)]);
        TensorLeaks.Check(() => [network.ForwardPooled(image, [3, 3, 2])]);
        network.Precision = ComputePrecision.BFloat16;
        TensorLeaks.Check(() => [network.ForwardPooled(image, [3, 3, 2])]);
    }

    [Fact]
    public void AModelMadeInsideADisposeScopeOutlivesIt()
    {
        FeaturePyramidNetwork network;
        using (NewDisposeScope())
            network = new FeaturePyramidNetwork(SmallNetworks.Options(), new RandomStream(1));
        using (network)
        {
            using var image = SmallNetworks.Random(2, 1, 1, 8, 8, 8);
            using var map = network.forward(image);
            Assert.Equal(5, map.shape[1]);
        }
    }
}
