using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Randomness;
using Screener.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Conditions;

[Collection(TorchCollection.Name)]
public sealed class SinCosConditionTests
{
    private static readonly Device Cpu = new(DeviceType.CPU);

    [Fact]
    public void EveryFeatureIsTheFormula()
    {
        var condition = new SinCosCondition();
        var volume = new VolumeShape(30, 40, 50);
        using var map = condition.Encode(volume, (3, 20, 7), new VolumeShape(7, 6, 9), [2, 3, 2], Cpu);
        Assert.Equal(new long[] { 1, 24, 3, 2, 4 }, map.shape);
        for (int d = 0; d < 3; d++)
        {
            for (int h = 0; h < 2; h++)
            {
                for (int w = 0; w < 4; w++)
                {
                    // Centres of the pooling windows, in voxel edges of the volume.
                    double[] u = [(3 + (2 * d) + 1) / 30.0, (20 + (3 * h) + 1.5) / 40.0, (7 + (2 * w) + 1) / 50.0];
                    for (int axis = 0; axis < 3; axis++)
                    {
                        for (int k = -1; k <= 2; k++)
                        {
                            int channel = (axis * 8) + (2 * (k + 1));
                            double angle = 2 * Math.PI * u[axis] * Math.Pow(2, k);
                            Assert.Equal(Math.Sin(angle), map[0, channel, d, h, w].item<float>(), 1e-6);
                            Assert.Equal(Math.Cos(angle), map[0, channel + 1, d, h, w].item<float>(), 1e-6);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void ThePositionIsThatInTheVolumeAndNotInThePatch()
    {
        var condition = new SinCosCondition();
        var volume = new VolumeShape(32, 32, 32);
        using var whole = condition.Encode(volume, (0, 0, 0), volume, [2, 2, 2], Cpu);
        using var images = zeros([2, 1, 8, 8, 8]);
        using var maps = condition.Compute(images, [new(volume, 4, 0, 16), new(volume, 24, 24, 24)], [2, 2, 2]);
        using var first = whole.narrow(2, 2, 4).narrow(3, 0, 4).narrow(4, 8, 4);
        using var second = whole.narrow(2, 12, 4).narrow(3, 12, 4).narrow(4, 12, 4);
        using var expected = cat([first, second], 0);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, maps!), 0, 1e-6);
    }

    [Fact]
    public void ConditionsAreInterchangeable()
    {
        using var model = new ConditionModel(SmallNetworks.Options(), new RandomStream(1));
        using var images = SmallNetworks.Random(2, 2, 1, 12, 12, 12);
        var volume = new VolumeShape(40, 40, 40);
        Condition[] all = [new NoCondition(), new SinCosCondition { Frequencies = 2 }, new MaskingInvariantCondition(model)];
        Assert.Equal(["none", "sin-cos", "masking-invariant"], all.Select(c => c.Name));
        Assert.Equal([0, 12, 5], all.Select(c => c.Channels));
        foreach (var condition in all)
        {
            using var map = condition.Compute(images, [new(volume, 0, 0, 0), new(volume, 4, 4, 4)], [3, 3, 2]);
            if (condition.Channels == 0)
                Assert.Null(map);
            else
                Assert.Equal(new long[] { 2, condition.Channels, 4, 4, 6 }, map!.shape);
            TensorLeaks.Check(() => [condition.Compute(images, [new(volume, 0, 0, 0), new(volume, 4, 4, 4)], [3, 3, 2])]);
        }

        using var pooled = all[2].Compute(images, [], [3, 3, 2]);
        using var expected = model.ForwardPooled(images, null, [3, 3, 2]);
        Assert.InRange(SmallNetworks.MaximumDifference(expected, pooled!), 0, 0);
    }

    [Fact]
    public void WrongArgumentsAreRefused()
    {
        var condition = new SinCosCondition();
        using var images = zeros([2, 1, 8, 8, 8]);
        var volume = new VolumeShape(32, 32, 32);
        Assert.Throws<OptionException>(() => condition.Compute(images, [new(volume, 0, 0, 0)], [2, 2, 2]));
        Assert.Throws<OptionException>(() => condition.Encode(volume, (0, 0, 0), volume, [2, 2], Cpu));
        Assert.Throws<OptionException>(() => condition.Encode(volume, (0, 0, 0), volume, [2, 33, 2], Cpu));
        Assert.Throws<OptionException>(new SinCosCondition { Frequencies = 0 }.Validate);
    }
}
