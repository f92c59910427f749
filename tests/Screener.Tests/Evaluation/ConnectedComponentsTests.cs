using System.Globalization;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

public sealed class ConnectedComponentsTests
{
    public static TheoryData<Connectivity> Connectivities => [Connectivity.Six, Connectivity.Eighteen, Connectivity.TwentySix];

    [Theory]
    [MemberData(nameof(Connectivities))]
    public void SameAsFloodFill(Connectivity connectivity)
    {
        var random = new RandomStream(3);
        foreach (var shape in new VolumeShape[] { new(1, 1, 1), new(1, 1, 9), new(9, 1, 1), new(1, 7, 1), new(5, 6, 7), new(8, 3, 17),
            new(2, 16, 3) })
        {
            foreach (double rate in new[] { 0, 0.05, 0.2, 0.4, 0.7, 1 })
            {
                var mask = new byte[shape.CheckedLength()];
                for (int i = 0; i < mask.Length; i++)
                    mask[i] = random.Chance(rate) ? (byte)255 : (byte)0;
                var expected = BruteForce.FloodFill(mask, shape, connectivity, out int expectedCount);
                var (labels, count) = ConnectedComponents.Label(mask, shape, connectivity);
                Assert.Equal(expectedCount, count);
                Assert.Equal(expected, labels);
            }
        }
    }

    [Fact]
    public void TouchingByFaceEdgeAndCorner()
    {
        var shape = new VolumeShape(2, 2, 4);
        // (0, 0, 1) and (1, 1, 2) share a corner only; (1, 1, 1) shares an edge with the one and a face with the other.
        byte[] mask = [1, 1, 0, 0, 0, 0, 0, 0, /* d = 1 */ 0, 0, 0, 0, 0, 0, 1, 0];
        Assert.Equal(2, ConnectedComponents.Label(mask, shape, Connectivity.Six).Count);
        Assert.Equal(2, ConnectedComponents.Label(mask, shape, Connectivity.Eighteen).Count);
        Assert.Equal(1, ConnectedComponents.Label(mask, shape, Connectivity.TwentySix).Count);
        mask[shape.Index(1, 1, 1)] = 1;
        Assert.Equal(1, ConnectedComponents.Label(mask, shape, Connectivity.Eighteen).Count);
        Assert.Equal(2, ConnectedComponents.Label(mask, shape, Connectivity.Six).Count);
    }

    [Fact]
    public void SameAsScipy()
    {
        using var folder = new TemporaryFolder();
        var shape = new VolumeShape(23, 31, 37);
        var random = new RandomStream(8);
        var mask = new byte[shape.CheckedLength()];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = random.Chance(0.17) ? (byte)1 : (byte)0;
        File.WriteAllBytes(folder["mask"], mask);
        const string Script = """
            import sys, numpy as np, scipy.ndimage as nd
            m = np.fromfile(sys.argv[1] + '/mask', np.uint8).reshape(23, 31, 37)
            for c in (1, 2, 3):
                l, n = nd.label(m, nd.generate_binary_structure(3, c))
                l.astype(np.int32).tofile(sys.argv[1] + f'/labels{c}')
                print(n)
            """;
        string[] counts = PythonOracle.Run(["scipy"], Script, folder.FullName).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Connectivity[] order = [Connectivity.Six, Connectivity.Eighteen, Connectivity.TwentySix];
        for (int c = 0; c < 3; c++)
        {
            var (labels, count) = ConnectedComponents.Label(mask, shape, order[c]);
            Assert.Equal(int.Parse(counts[c], CultureInfo.InvariantCulture), count);
            Assert.Equal(MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(folder[$"labels{c + 1}"])).ToArray(), labels);
        }
    }

    [Fact]
    public void WrongInputIsRefused()
    {
        Assert.Throws<OptionException>(() => ConnectedComponents.Label(new byte[7], new VolumeShape(2, 2, 2)));
        Assert.Throws<OptionException>(() => ConnectedComponents.Label(new byte[8], new VolumeShape(2, 2, 2), (Connectivity)7));
    }
}
