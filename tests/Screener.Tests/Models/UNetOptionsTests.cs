using Screener.Errors;
using Screener.Models;
using Screener.Randomness;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class UNetOptionsTests
{
    [Fact]
    public void ListsAreComparedByTheirElements()
    {
        Assert.Equal(new UNetOptions { Channels = [4, 8], Depths = [1, 1] }, new UNetOptions { Channels = [4, 8], Depths = [1, 1] });
        Assert.NotEqual(new UNetOptions { Channels = [4, 8], Depths = [1, 1] }, new UNetOptions { Channels = [4, 8], Depths = [1, 2] });
        Assert.Equal(UNetOptions.Paper.GetHashCode(), new UNetOptions().GetHashCode());
    }

    [Fact]
    public void WrongOptionsAreNamed()
    {
        Check(UNetOptions.Quick with { StemStride = 3 }, "StemStride");
        Check(UNetOptions.Quick with { Channels = [16, 33, 64, 128] }, "Channels");
        Check(UNetOptions.Quick with { Channels = default }, "Channels");
        Check(UNetOptions.Quick with { Depths = [1, 1] }, "Depths");
        Check(UNetOptions.Quick with { Depths = [1, 1, 0, 1] }, "Depths");
        Check(UNetOptions.Quick with { DescriptorChannels = 0 }, "DescriptorChannels");
        Check(UNetOptions.Quick with { InChannels = 0 }, "InChannels");
        Check(UNetOptions.Quick with { LayerScaleStart = double.NaN }, "LayerScaleStart");

        static void Check(UNetOptions options, string field) =>
            Assert.Equal(field, Assert.Throws<OptionException>(options.Validate).Subject);
    }

    [Fact]
    public void ThePapersNetworkHasTheParametersCountedByHand()
    {
        // Per residual block: two 3^3 convolutions with bias, two GroupNorms, one layer scale.
        static long Block(long c) => (2 * ((27 * c * c) + c)) + (4 * c) + c;
        long[] channels = [16, 32, 64, 128, 256, 512];
        long[] depths = [1, 1, 2, 2, 4, 4];
        long expected = (27 * 16) + 16 + 32;
        for (int level = 0; level < 6; level++)
        {
            expected += depths[level] * Block(channels[level]) * (level < 5 ? 2 : 1);
            expected += 32 * channels[level];
            if (level < 5)
                expected += (8 * channels[level] * channels[level + 1]) + channels[level + 1]
                    + (channels[level] * (channels[level] + channels[level + 1])) + channels[level];
        }

        using var network = new FeaturePyramidNetwork(UNetOptions.Paper, new RandomStream(1));
        Assert.Equal(expected, network.parameters().Sum(p => p.numel()));
    }
}
