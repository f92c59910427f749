using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class AnatomicalEmbeddingModelTests
{
    private static readonly UNetOptions Small = SmallNetworks.Options(4) with { DescriptorChannels = 3 };

    [Fact]
    public void ItIsTheSigmoidOfTheNetworkOnTheVisibleImage()
    {
        using var model = new AnatomicalEmbeddingModel(Small, new RandomStream(1));
        using var network = new FeaturePyramidNetwork(Small, new RandomStream(1));
        using var image = SmallNetworks.Random(2, 2, 1, 16, 17, 18);
        using var map = network.forward(image);
        using var expected = ((-map).exp() + 1).reciprocal();
        using var embedding = model.forward(image);
        Assert.Equal(new long[] { 2, 3, 16, 17, 18 }, embedding.shape);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, embedding), 0, 1e-6);
        Assert.Equal([1, 1, 1], model.Scale.data<float>().ToArray());
    }

    [Fact]
    public void WhatIsHiddenCannotChangeIt()
    {
        using var model = new AnatomicalEmbeddingModel(Small, new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 1, 1, 16, 16, 16);
        using var mask = ones([1, 1, 16, 16, 16]);
        using (var block = mask.narrow(2, 3, 9).narrow(4, 0, 7))
            block.zero_();
        using var positions = tensor(new float[,,] { { { 1, 2, 3 }, { 8.5f, 9, 4 } } });
        using var expected = model.Forward(image, mask);
        using var at = model.ForwardAt(image, mask, positions);
        foreach (float hidden in new[] { 1e30f, float.NaN })
        {
            using var changed = image.masked_fill(mask == 0, hidden);
            using var map = model.Forward(changed, mask);
            using var mapAt = model.ForwardAt(changed, mask, positions);
            Assert.Equal(expected.data<float>().ToArray(), map.data<float>().ToArray());
            Assert.Equal(at.data<float>().ToArray(), mapAt.data<float>().ToArray());
        }

        using var seen = model.forward(image);
        Assert.True(SmallNetworks.MaximumDifference(expected, seen) > 1e-3);
    }

    [Fact]
    public void ItsFileNeedsItsScaleAndThreeChannels()
    {
        using var model = new AnatomicalEmbeddingModel(Small, new RandomStream(1));
        Assert.Contains("scale", model.state_dict().Keys);
        Assert.Throws<OptionException>(() => new AnatomicalEmbeddingModel(SmallNetworks.Options(4), new RandomStream(1)));
    }

    [Fact]
    public void NothingLeaks()
    {
        using var model = new AnatomicalEmbeddingModel(Small, new RandomStream(1));
        using var image = SmallNetworks.Random(2, 1, 1, 16, 16, 17);
        using var mask = ones_like(image);
        using var positions = zeros([1, 4, 3]);
        TensorLeaks.Check(
            () => [model.forward(image), model.Forward(image, mask), model.ForwardAt(image, mask, positions),
                model.ForwardPooled(image, null, [3, 3, 2])]);
    }
}
