using Screener.Augmentation;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Augmentation;

public sealed class BlockMaskTests
{
    [Fact]
    public void ThePapersCropHasExactlyTheStatedPartOfItsBlocksHidden()
    {
        // 64 x 96 x 96 voxels in blocks of 24: 3 x 4 x 4 = 48 blocks, of which round(28.8) = 29 are hidden.
        var shape = CropPairOptions.Paper.PatchShape;
        for (ulong seed = 0; seed < 20; seed++)
        {
            float[] mask = BlockMask.Create(shape, BlockMaskOptions.Paper, new RandomStream(seed));
            int hidden = 0;
            for (int d = 0; d < 64; d += 24)
            {
                for (int h = 0; h < 96; h += 24)
                {
                    for (int w = 0; w < 96; w += 24)
                        hidden += mask[shape.Index(d, h, w)] == 0 ? 1 : 0;
                }
            }

            Assert.Equal(29, hidden);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BlocksAreWholeAndOfTheLattice(bool randomOffset)
    {
        var shape = new VolumeShape(10, 13, 17);
        var options = new BlockMaskOptions { BlockShape = new VolumeShape(4, 5, 6), RandomOffset = randomOffset };
        var offsets = new HashSet<int>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            float[] mask = BlockMask.Create(shape, options, new RandomStream(seed));
            Assert.All(mask, x => Assert.True(x is 0 or 1));

            // Changes along W happen at one offset modulo the block's width only.
            var changes = new HashSet<int>();
            for (int d = 0; d < 10; d++)
            {
                for (int h = 0; h < 13; h++)
                {
                    for (int w = 1; w < 17; w++)
                    {
                        if (mask[shape.Index(d, h, w)] != mask[shape.Index(d, h, w - 1)])
                            changes.Add(w % 6);
                    }
                }
            }

            Assert.Single(changes);
            offsets.UnionWith(changes);
        }

        Assert.Equal(randomOffset ? 6 : 1, offsets.Count);
    }

    [Fact]
    public void EveryBlockIsHiddenEquallyOften()
    {
        var shape = new VolumeShape(4, 4, 4);
        var options = new BlockMaskOptions { BlockShape = new VolumeShape(2, 2, 2), HiddenFraction = 0.6 };
        var hidden = new double[64];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            float[] mask = BlockMask.Create(shape, options, new RandomStream(seed));
            for (int i = 0; i < hidden.Length; i++)
                hidden[i] += (1 - mask[i]) / 4000;
        }

        // round(0.6 * 8) = 5 of 8.
        Assert.All(hidden, p => Assert.Equal(5.0 / 8, p, 0.04));
    }

    [Fact]
    public void WithTheStatedProbabilityAnythingIsHidden()
    {
        var shape = new VolumeShape(4, 4, 4);
        var options = new BlockMaskOptions { BlockShape = new VolumeShape(2, 2, 2), Probability = 0.3 };
        int masked = 0;
        for (ulong seed = 0; seed < 4000; seed++)
        {
            int hidden = BlockMask.Create(shape, options, new RandomStream(seed)).Count(v => v == 0);
            Assert.True(hidden is 0 or 5 * 8);
            masked += hidden > 0 ? 1 : 0;
        }

        Assert.Equal(0.3, masked / 4000.0, 0.03);
    }

    [Fact]
    public void TheSameSeedGivesTheSameMaskAndWrongOptionsNameTheField()
    {
        var shape = new VolumeShape(48, 48, 48);
        Assert.Equal(
            BlockMask.Create(shape, BlockMaskOptions.Quick, new RandomStream(5)),
            BlockMask.Create(shape, BlockMaskOptions.Quick, new RandomStream(5)));
        Assert.Equal(
            "HiddenFraction",
            Assert.Throws<OptionException>(
                () => BlockMask.Create(shape, new BlockMaskOptions { HiddenFraction = 1.1 }, new RandomStream(0))).Subject);
    }
}
