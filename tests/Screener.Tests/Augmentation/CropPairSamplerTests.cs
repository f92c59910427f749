using System.Numerics;
using Screener.Augmentation;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Augmentation;

public sealed class CropPairSamplerTests
{
    private static readonly CropPairOptions Small = new() { PatchShape = new VolumeShape(12, 16, 20), PositionsPerPair = 40 };

    // On a volume whose intensity is a linear function of position, linear interpolation is exact: the same point must read
    // the same value in both crops and in the volume. Three ramps in different directions pin down all coordinates.
    [Theory]
    [InlineData(40, 44, 48)]
    [InlineData(13, 60, 25)]
    [InlineData(24, 32, 40)]
    [InlineData(12, 20, 20)]
    public void PositionsOfAPairAreTheSamePointOfTheVolume(int depth, int height, int width)
    {
        var shape = new VolumeShape(depth, height, width);
        var ramps = new[] { Ramp(shape, 1, 0, 0), Ramp(shape, 0, 1, 0), Ramp(shape, 0, 0, 1) };
        int scale = Math.Max(depth, Math.Max(height, width));
        for (ulong seed = 0; seed < 60; seed++)
        {
            foreach (var ramp in ramps)
            {
                var pair = CropPairSampler.Sample(ramp, Small, new RandomStream(seed));
                for (int i = 0; i < Small.PositionsPerPair; i++)
                {
                    double first = Read(pair.First, pair.FirstPositions, i), second = Read(pair.Second, pair.SecondPositions, i);
                    Assert.True(Math.Abs(first - second) * scale < 1e-3, $"seed {seed}: {first * scale} and {second * scale}");
                    var (d, h, w) = pair.FirstToVolume.ToVolume(
                        pair.FirstPositions[3 * i], pair.FirstPositions[(3 * i) + 1], pair.FirstPositions[(3 * i) + 2]);
                    double there = ramp == ramps[0] ? d : ramp == ramps[1] ? h : w;
                    Assert.True(Math.Abs((first * scale) - there) < 1e-3, $"seed {seed}: read {first * scale} at {there}");
                }
            }
        }
    }

    [Fact]
    public void AVolumeSmallerThanACropIsSurroundedByAirAndPositionsStayInside()
    {
        var shape = new VolumeShape(7, 9, 10);
        var ones = new float[shape.VoxelCount];
        Array.Fill(ones, 1f);
        var volume = new PreparedVolume(new VolumeGrid(shape, Affine.Identity), ones, new VolumeGrid(shape, Affine.Identity));
        for (ulong seed = 0; seed < 50; seed++)
        {
            var pair = CropPairSampler.Sample(volume, Small, new RandomStream(seed));
            Assert.Equal(pair.First, pair.Second);
            Assert.Equal(pair.FirstPositions, pair.SecondPositions);

            // The smallest spacing is 1, so the volume's voxels keep their size: what is not air adds up to them along each axis.
            int[] filled = [0, 0, 0];
            foreach (int at in Enumerable.Range(0, pair.First.Length).Where(at => pair.First[at] > 0))
            {
                int d = at / (16 * 20), h = at / 20 % 16, w = at % 20;
                filled[0] |= 1 << d;
                filled[1] |= 1 << h;
                filled[2] |= 1 << w;
            }

            int[] sizes = pair.FirstToVolume.Swapped ? [7, 10, 9] : [7, 9, 10];
            for (int axis = 0; axis < 3; axis++)
                Assert.InRange(BitOperations.PopCount((uint)filled[axis]), sizes[axis], sizes[axis] + 1);

            for (int i = 0; i < Small.PositionsPerPair; i++)
            {
                var (d, h, w) = pair.FirstToVolume.ToVolume(
                    pair.FirstPositions[3 * i], pair.FirstPositions[(3 * i) + 1], pair.FirstPositions[(3 * i) + 2]);
                Assert.InRange(d, -1e-4, 6 + 1e-4);
                Assert.InRange(h, -1e-4, 8 + 1e-4);
                Assert.InRange(w, -1e-4, 9 + 1e-4);
            }
        }
    }

    [Fact]
    public void SpacingAndOverlapKeepToTheirRangesAndFillThem()
    {
        var volume = Ramp(new VolumeShape(60, 80, 80), 1, 0, 0, new Spacing(2, 1, 1.5));
        double smallest = 9, largest = 0, leastOverlap = 9, mostOverlap = 0;
        int reversed = 0, swapped = 0;
        const int Draws = 500;
        for (ulong seed = 0; seed < Draws; seed++)
        {
            var pair = CropPairSampler.Sample(volume, Small, new RandomStream(seed));
            double a = Math.Abs(pair.FirstToVolume.Step.D), b = Math.Abs(pair.SecondToVolume.Step.D);
            smallest = Math.Min(smallest, Math.Min(a, b));
            largest = Math.Max(largest, Math.Max(a, b));
            Assert.Equal(a * 2, pair.FirstSpacing.Depth, 9);
            Assert.Equal(
                Math.Abs(pair.FirstToVolume.Step.W) * 1.5, pair.FirstToVolume.Swapped ? pair.FirstSpacing.Height : pair.FirstSpacing.Width,
                9);

            var (low1, high1) = Edges(pair.FirstToVolume.Start.D, pair.FirstToVolume.Step.D, 12);
            var (low2, high2) = Edges(pair.SecondToVolume.Start.D, pair.SecondToVolume.Step.D, 12);
            Assert.True(low1 > -0.5 - 1e-9 && low2 > -0.5 - 1e-9 && high1 < 59.5 + 1e-9 && high2 < 59.5 + 1e-9);
            double overlap = (Math.Min(high1, high2) - Math.Max(low1, low2)) / (12 * Math.Min(a, b));
            leastOverlap = Math.Min(leastOverlap, overlap);
            mostOverlap = Math.Max(mostOverlap, overlap);
            reversed += pair.FirstToVolume.Step.D < 0 ? 1 : 0;
            swapped += pair.FirstToVolume.Swapped ? 1 : 0;
            Assert.Equal(pair.FirstToVolume.Swapped, pair.SecondToVolume.Swapped);
            Assert.Equal(Math.Sign(pair.FirstToVolume.Step.H), Math.Sign(pair.SecondToVolume.Step.H));
        }

        Assert.InRange(smallest, 1, 1.02);
        Assert.InRange(largest, 1.98, 2);
        Assert.InRange(leastOverlap, 0.25 - 1e-9, 0.27);
        Assert.InRange(mostOverlap, 0.98, 1 + 1e-9);
        Assert.InRange(reversed, 0.4 * Draws, 0.6 * Draws);
        Assert.InRange(swapped, 0.4 * Draws, 0.6 * Draws);
    }

    [Fact]
    public void TurnsAloneAreTheFourRotationsOfTheAxialPlane()
    {
        var volume = Ramp(new VolumeShape(20, 30, 30), 0, 1, 0);
        var turns = new HashSet<(int, int, bool)>();
        for (ulong seed = 0; seed < 60; seed++)
        {
            var ((_, _, _), (d, h, w), swapped) = CropPairSampler.Sample(
                volume, Small with { Flips = false }, new RandomStream(seed)).FirstToVolume;
            Assert.True(d > 0);
            Assert.True(h * w * (swapped ? -1 : 1) > 0, "a turn must not mirror");
            turns.Add((Math.Sign(h), Math.Sign(w), swapped));
        }

        Assert.Equal(4, turns.Count);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBitsAndOthersDoNot()
    {
        var volume = Ramp(new VolumeShape(30, 30, 30), 0, 1, 0);
        var a = CropPairSampler.Sample(volume, Small, new RandomStream(3));
        var b = CropPairSampler.Sample(volume, Small, new RandomStream(3));
        var c = CropPairSampler.Sample(volume, Small, new RandomStream(4));
        Assert.Equal(a.First, b.First);
        Assert.Equal(a.Second, b.Second);
        Assert.Equal(a.FirstPositions, b.FirstPositions);
        Assert.Equal(a.SecondPositions, b.SecondPositions);
        Assert.NotEqual(a.FirstPositions, c.FirstPositions);
    }

    [Fact]
    public void NothingMuchIsAllocatedBesideTheResult()
    {
        var volume = Ramp(new VolumeShape(110, 80, 100), 0, 1, 0);
        CropPairSampler.Sample(volume, CropPairOptions.Quick, new RandomStream(0));
        for (ulong seed = 1; seed < 10; seed++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var pair = CropPairSampler.Sample(volume, CropPairOptions.Quick, new RandomStream(seed));
            long result = 4L * (pair.First.Length + pair.Second.Length + pair.FirstPositions.Length + pair.SecondPositions.Length);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, result, result + 16384);
        }
    }

    [Fact]
    public void WrongOptionsNameTheField()
    {
        Assert.Equal("MinOverlap", Refused(Small with { MinOverlap = 0.05 }));
        Assert.Equal("MaxSpacingFactor", Refused(Small with { MaxSpacingFactor = 0.5 }));
        Assert.Equal("PatchShape.Height", Refused(Small with { PatchShape = new VolumeShape(12, 3, 12) }));
        CropPairOptions.Paper.Validate();
        CropPairOptions.Quick.Validate();

        static string Refused(CropPairOptions options) => Assert.Throws<OptionException>(options.Validate).Subject;
    }

    private static (double Low, double High) Edges(double start, double step, int count)
    {
        double end = start + (step * (count - 1)), half = Math.Abs(step) / 2;
        return (Math.Min(start, end) - half, Math.Max(start, end) + half);
    }

    private static PreparedVolume Ramp(VolumeShape shape, int alongD, int alongH, int alongW, Spacing? spacing = null)
    {
        float scale = Math.Max(shape.Depth, Math.Max(shape.Height, shape.Width));
        var values = new float[shape.VoxelCount];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                    values[shape.Index(d, h, w)] = ((d * alongD) + (h * alongH) + (w * alongW)) / scale;
            }
        }

        var grid = new VolumeGrid(shape, Affine.Canonical(spacing ?? new Spacing(1, 1, 1)));
        return new PreparedVolume(grid, values, grid);
    }

    // The value at a fractional position, by the definition.
    private static double Read(float[] crop, float[] positions, int i)
    {
        var shape = Small.PatchShape;
        double d = positions[3 * i], h = positions[(3 * i) + 1], w = positions[(3 * i) + 2], sum = 0;
        Assert.InRange(d, 0, shape.Depth - 1);
        Assert.InRange(h, 0, shape.Height - 1);
        Assert.InRange(w, 0, shape.Width - 1);
        for (int corner = 0; corner < 8; corner++)
        {
            int cd = Math.Min((int)d + (corner & 1), shape.Depth - 1), ch = Math.Min(
                (int)h + ((corner >> 1) & 1), shape.Height - 1), cw = Math.Min((int)w + (corner >> 2), shape.Width - 1);
            double weight = ((corner & 1) == 1 ? d - (int)d : 1 - (d - (int)d))
                * (((corner >> 1) & 1) == 1 ? h - (int)h : 1 - (h - (int)h)) * ((corner >> 2) == 1 ? w - (int)w : 1 - (w - (int)w));
            sum += weight * crop[shape.Index(cd, ch, cw)];
        }

        return sum;
    }
}
