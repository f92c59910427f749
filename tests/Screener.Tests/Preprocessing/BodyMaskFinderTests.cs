using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Preprocessing;

public sealed class BodyMaskFinderTests
{
    // Widths around the 64 voxels of a word; noise makes mazes, islands and pockets.
    [Theory]
    [InlineData(4, 9, 63, 0.55)]
    [InlineData(5, 8, 64, 0.6)]
    [InlineData(3, 10, 65, 0.65)]
    [InlineData(6, 7, 130, 0.6)]
    [InlineData(1, 30, 200, 0.55)]
    [InlineData(9, 1, 40, 0.5)]
    [InlineData(7, 12, 1, 0.5)]
    public void TheBodyIsWhatOutsideAirDoesNotReach(int depth, int height, int width, double air)
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            var volume = Noise(new VolumeShape(depth, height, width), Affine.Identity, air, seed);
            byte[] expected = Outside(volume.Voxels.Select(v => !(v >= -500)).ToArray(), volume.Shape, sides: [1, 2]).Select(
                o => (byte)(o ? 0 : 1)).ToArray();
            Assert.Equal(expected, Find(volume, BodyMaskOptions.Paper).Voxels);
        }
    }

    [Fact]
    public void TheSidesAreThoseOfTheAxialPlaneInAnyOrientation()
    {
        // Sagittal array: D runs to the left, H to the head, W to the front. The slice axis is H.
        var affine = new Affine(0, 0, -1, 0, 1, 0, 0, 0, 0, 1, 0, 0);
        for (ulong seed = 0; seed < 10; seed++)
        {
            var volume = Noise(new VolumeShape(7, 6, 70), affine, 0.6, seed);
            byte[] expected = Outside(volume.Voxels.Select(v => !(v >= -500)).ToArray(), volume.Shape, sides: [0, 2]).Select(
                o => (byte)(o ? 0 : 1)).ToArray();
            Assert.Equal(expected, Find(volume, BodyMaskOptions.Paper).Voxels);
        }
    }

    [Fact]
    public void ThePatientIsFoundAsByTheDefinition()
    {
        var options = new BodyMaskOptions { OpeningMm = 1, MinPiece = 0.5 };
        int differsFromPaper = 0;
        for (ulong seed = 0; seed < 12; seed++)
        {
            var volume = Noise(new VolumeShape(6, 14, 70), Affine.Canonical(new Spacing(1, 1, 0.5)), 0.06, seed, blobs: true);
            byte[] expected = Patient(volume, 1, 1, 2, 0.5);
            Assert.Equal(expected, Find(volume, options).Voxels);
            differsFromPaper += expected.SequenceEqual(Find(volume, BodyMaskOptions.Paper).Voxels) ? 0 : 1;
        }

        Assert.InRange(differsFromPaper, 6, 12);
    }

    [Fact]
    public void TheTableIsLeftOutAndLungsStayIn()
    {
        var shape = new VolumeShape(8, 100, 120);
        var voxels = new float[shape.VoxelCount];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    double body = Math.Pow((w - 60) / 45.0, 2)
                        + Math.Pow((h - 55) / 30.0, 2), lung = Math.Pow((Math.Abs(w - 60) - 20) / 14.0, 2) + Math.Pow((h - 55) / 18.0, 2);
                    bool shell = w is > 5 and < 115 && (h is 10 or 20 || (h is > 10 and < 20 && w is 6 or 114));
                    voxels[shape.Index(d, h, w)] = body < 1 ? (lung < 1 ? -850 : 40) : shell ? 100 : -1000;
                }
            }
        }

        var volume = new CtVolume(new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 1, 1))), voxels);
        var patient = Find(volume, BodyMaskOptions.Default);
        var paper = Find(volume, BodyMaskOptions.Paper);
        for (int w = 0; w < shape.Width; w++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                bool body = Math.Pow((w - 60) / 45.0, 2) + Math.Pow((h - 55) / 30.0, 2) < 1;
                Assert.True((body ? 1 : 0) == patient[4, h, w], $"patient at {h}, {w}");
                Assert.True((body || (h is >= 10 and <= 20 && w is > 5 and < 115) ? 1 : 0) == paper[4, h, w], $"paper at {h}, {w}");
            }
        }
    }

    [Fact]
    public void AVolumeWithNothingThickEnoughFallsBackToTheFirstDefinition()
    {
        var volume = Noise(new VolumeShape(4, 12, 66), Affine.Identity, 0.5, 3);
        Assert.Equal(Find(volume, BodyMaskOptions.Paper).Voxels, Find(volume, BodyMaskOptions.Default with { OpeningMm = 5 }).Voxels);
        Assert.Contains((byte)1, Find(volume, BodyMaskOptions.Default with { OpeningMm = 5 }).Voxels);
    }

    [Fact]
    public void MemoryIsBoundedByTheVolumeEvenForNoise()
    {
        // A million voxels of noise fall into some hundred thousand pieces, none of which is kept.
        var volume = Noise(new VolumeShape(64, 128, 128), Affine.Identity, 0.8, 1);
        var options = BodyMaskOptions.Default with { OpeningMm = 0 };
        BodyMaskFinder.Find(volume, options, 1, TestContext.Current.CancellationToken);
        long before = GC.GetAllocatedBytesForCurrentThread();
        BodyMaskFinder.Find(volume, options, 1, TestContext.Current.CancellationToken);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, volume.Voxels.Length, 3 * volume.Voxels.Length);
    }

    [Fact]
    public void WrongOptionsNameTheField()
    {
        var volume = Noise(new VolumeShape(2, 2, 2), Affine.Identity, 0.5, 0);
        Assert.Equal("MinPiece", Assert.Throws<OptionException>(() => Find(volume, BodyMaskOptions.Default with { MinPiece = 2 })).Subject);
    }

    private static BodyMask Find(CtVolume volume, BodyMaskOptions options) => BodyMaskFinder.Find(
        volume, options, 2, TestContext.Current.CancellationToken);

    private static CtVolume Noise(VolumeShape shape, Affine affine, double air, ulong seed, bool blobs = false)
    {
        var random = new RandomStream(seed);
        var voxels = new float[shape.VoxelCount];
        for (int i = 0; i < voxels.Length; i++)
        {
            int w = i % shape.Width, h = i / shape.Width % shape.Height;
            bool gap = blobs && (w % 23 < 6 || h is 0 or 13 || h == 6 + (int)(seed % 3));
            voxels[i] = gap ? (random.Chance(0.2) ? 100 : -1000) : random.Chance(air) ? (random.Chance(0.1) ? float.NaN : -1000) : 40;
        }

        return new CtVolume(new VolumeGrid(shape, affine), voxels);
    }

    // The definition, voxel by voxel.
    private static byte[] Patient(CtVolume volume, int rd, int rh, int rw, double minPiece)
    {
        var shape = volume.Shape;
        bool[] dense = volume.Voxels.Select(v => v >= -500).ToArray();
        bool[] core = Box(dense, shape, rd, rh, rw, all: true);
        for (int step = 0; step < 2; step++)
            core = Box(core, shape, rd, rh, rw, all: false).Zip(dense, (a, b) => a && b).ToArray();
        var pieces = new List<bool[]>();
        var seen = new bool[core.Length];
        for (int i = 0; i < core.Length; i++)
        {
            if (!core[i] || seen[i])
                continue;
            bool[] piece = Reach(core, shape, [i]);
            pieces.Add(piece);
            for (int j = 0; j < piece.Length; j++)
                seen[j] |= piece[j];
        }

        int largest = pieces.Max(p => p.Count(x => x));
        bool[] kept = Enumerable.Range(0, core.Length).Select(
            i => pieces.Any(p => p[i] && p.Count(x => x) >= minPiece * largest)).ToArray();
        return Outside(kept.Select(x => !x).ToArray(), shape, sides: [1, 2]).Select(o => (byte)(o ? 0 : 1)).ToArray();
    }

    private static bool[] Box(bool[] mask, VolumeShape shape, int rd, int rh, int rw, bool all)
    {
        var result = new bool[mask.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            int w = i % shape.Width, h = i / shape.Width % shape.Height, d = i / shape.Width / shape.Height;
            bool value = all;
            for (int dd = -rd; dd <= rd; dd++)
            {
                for (int dh = -rh; dh <= rh; dh++)
                {
                    for (int dw = -rw; dw <= rw; dw++)
                    {
                        if (shape.Contains(d + dd, h + dh, w + dw))
                            value = all
                                ? value && mask[shape.Index(d + dd, h + dh, w + dw)]
                                : value || mask[shape.Index(d + dd, h + dh, w + dw)];
                    }
                }
            }

            result[i] = value;
        }

        return result;
    }

    private static bool[] Outside(bool[] open, VolumeShape shape, int[] sides)
    {
        var seeds = new List<int>();
        for (int i = 0; i < open.Length; i++)
        {
            int[] at = [i / shape.Width / shape.Height, i / shape.Width % shape.Height, i % shape.Width];
            int[] size = [shape.Depth, shape.Height, shape.Width];
            if (open[i] && sides.Any(axis => at[axis] == 0 || at[axis] == size[axis] - 1))
                seeds.Add(i);
        }

        return Reach(open, shape, seeds);
    }

    private static bool[] Reach(bool[] open, VolumeShape shape, List<int> seeds)
    {
        var reached = new bool[open.Length];
        var stack = new Stack<int>(seeds);
        while (stack.TryPop(out int i))
        {
            if (reached[i])
                continue;
            reached[i] = true;
            int w = i % shape.Width, h = i / shape.Width % shape.Height, d = i / shape.Width / shape.Height;
            foreach (var (nd, nh, nw) in new[] { (d - 1, h, w), (d + 1, h, w), (d, h - 1, w), (d, h + 1, w), (d, h, w - 1), (d, h, w + 1) })
            {
                if (shape.Contains(nd, nh, nw) && open[shape.Index(nd, nh, nw)])
                    stack.Push(shape.Index(nd, nh, nw));
            }
        }

        return reached;
    }
}
