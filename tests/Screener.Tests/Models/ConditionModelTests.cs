using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class ConditionModelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsHiddenCannotChangeTheOutput(bool maskChannel)
    {
        using var model = new ConditionModel(SmallNetworks.Options(), new RandomStream(1), maskChannel).Shaken();
        using var image = SmallNetworks.Random(2, 1, 1, 12, 12, 12);
        using var mask = ones([1, 1, 12, 12, 12]);
        using (var block = mask.narrow(2, 3, 6).narrow(3, 2, 5).narrow(4, 0, 7))
            block.zero_();
        using var expected = model.Forward(image, mask);
        foreach (float hidden in new[] { -1f, 0f, 1e30f, float.NaN })
        {
            using var changed = image.masked_fill(mask == 0, hidden);
            using var map = model.Forward(changed, mask);
            Assert.Equal(expected.data<float>().ToArray(), map.data<float>().ToArray());
        }
    }

    [Fact]
    public void WhatIsVisibleDoesAndSoDoesTheMaskItself()
    {
        using var model = new ConditionModel(SmallNetworks.Options(), new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 1, 1, 12, 12, 12);
        using var mask = ones([1, 1, 12, 12, 12]);
        using (var block = mask.narrow(2, 3, 6))
            block.zero_();
        using var expected = model.Forward(image, mask);
        using var brighter = image + 0.5;
        using var changed = model.Forward(brighter, mask);
        Assert.True(SmallNetworks.MaximumDifference(expected, changed) > 1e-3);

        // An image that is 0 where it is hidden anyway: only the mask's channel can tell the two inputs apart.
        using var blank = image.masked_fill(mask == 0, 0);
        using var unmasked = model.Forward(blank, null);
        Assert.True(SmallNetworks.MaximumDifference(expected, unmasked) > 1e-3);
    }

    [Fact]
    public void WithoutTheMasksChannelItIsTheDescriptorsNetworkOnTheVisibleImage()
    {
        using var model = new ConditionModel(SmallNetworks.Options(), new RandomStream(1), maskChannel: false).Shaken();
        using var descriptor = new DescriptorModel(SmallNetworks.Options(), new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 2, 1, 12, 12, 12);
        using var mask = ones([2, 1, 12, 12, 12]);
        using (var block = mask.narrow(2, 3, 6))
            block.zero_();
        using var visible = image * mask;
        using var expected = descriptor.forward(visible);
        using var masked = model.Forward(image, mask);
        using var unmasked = model.Forward(visible, null);
        Assert.False(model.HasMaskChannel);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, masked), 0, 0);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, unmasked), 0, 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NoMaskMeansEverythingIsVisible(bool maskChannel)
    {
        using var model = new ConditionModel(SmallNetworks.Options(2), new RandomStream(1), maskChannel).Shaken();
        using var image = SmallNetworks.Random(2, 2, 1, 12, 12, 12);
        using var mask = ones([2, 1, 12, 12, 12]);
        using var positions = tensor(new float[,,] { { { 1, 2, 3 } }, { { 4.5f, 5, 6 } } });
        Same(model.forward(image), model.Forward(image, mask));
        Same(model.ForwardFinest(image, null), model.ForwardFinest(image, mask));
        Same(model.ForwardAt(image, null, positions), model.ForwardAt(image, mask, positions));
        Same(model.ForwardPooled(image, null, [3, 3, 2]), model.ForwardPooled(image, mask, [3, 3, 2]));

        static void Same(Tensor a, Tensor b)
        {
            using (a)
            using (b)
                Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray());
        }
    }

    [Fact]
    public void AMaskOfAnotherSizeIsRefused()
    {
        using var model = new ConditionModel(SmallNetworks.Options(), new RandomStream(1));
        using var image = zeros([2, 1, 8, 8, 8]);
        using var mask = ones([1, 1, 8, 8, 8]);
        Assert.Throws<OptionException>(() => model.Forward(image, mask));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NothingLeaks(bool maskChannel)
    {
        using var model = new ConditionModel(SmallNetworks.Options(2), new RandomStream(1), maskChannel);
        using var descriptor = new DescriptorModel(SmallNetworks.Options(2), new RandomStream(1));
        using var image = SmallNetworks.Random(2, 1, 1, 17, 16, 16);
        using var mask = ones_like(image);
        using var positions = zeros([1, 4, 3]);
        TensorLeaks.Check(
            () => [model.forward(image), model.Forward(image, mask), model.ForwardFinest(image, mask),
                model.ForwardAt(image, mask, positions), model.ForwardPooled(image, mask, [3, 3, 2])]);
        TensorLeaks.Check(
            () => [descriptor.forward(image), descriptor.ForwardFinest(image), descriptor.ForwardAt(image, positions),
                descriptor.ForwardPooled(image, [3, 3, 2])]);
    }
}
