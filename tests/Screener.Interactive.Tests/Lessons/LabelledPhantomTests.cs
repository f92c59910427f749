using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Tests.Interactive.Lessons;

public sealed class LabelledPhantomTests
{
    private static readonly VolumeGrid Grid = new(new VolumeShape(11, 11, 42), Affine.Canonical(new Spacing(2, 2, 2)));

    [Fact]
    public void ACystIsABallInTheOrganOnTheOtherSideAndChangesNothingElse()
    {
        // Two organs of 11 x 11 x 15 voxels, a tumour in the right one.
        var phantom = LabelledPhantom.Of(
            new AnnotatedCt(
                "a", new CtVolume(Grid, Filled(40f)), new LesionMask(Grid, Marked(30, 33)),
                new LesionMask(Grid, [.. Marked(2, 17).Zip(Marked(25, 40), (a, b) => (byte)(a | b))])));
        Assert.Equal((0, 1, 2), (phantom.Labels[5, 5, 20], phantom.Labels[5, 5, 26], phantom.Labels[5, 5, 31]));
        var (with, middle) = phantom.WithCyst(7, new RandomStream(1));
        Assert.Equal(new SlicePosition(5, 5, 9), middle);
        var cyst = Enumerable.Range(0, (int)Grid.Shape.VoxelCount).Where(i => with.Labels.Voxels[i] == 3).ToHashSet();

        // As many points of a lattice of 2 mm as lie within 7 mm of one of them, counted by hand over the lattice.
        Assert.Equal(
            Enumerable.Range(-3, 7).Sum(
                d => Enumerable.Range(-3, 7).Sum(h => Enumerable.Range(-3, 7).Count(w => 4 * ((d * d) + (h * h) + (w * w)) <= 49))),
                cyst.Count);
        Assert.InRange(cyst.Average(i => with.Ct.Voxels[i]), 2, 8);
        for (int i = 0; i < Grid.Shape.VoxelCount; i++)
        {
            if (!cyst.Contains(i))
                Assert.Equal((phantom.Labels.Voxels[i], 40f), (with.Labels.Voxels[i], with.Ct.Voxels[i]));
        }
    }

    [Fact]
    public void WithoutAnOrganThereIsNoLabel()
    {
        var ct = new CtVolume(Grid, Filled(40f));
        Assert.Throws<OptionException>(() => LabelledPhantom.Of(new AnnotatedCt("a", ct, new LesionMask(Grid, Filled((byte)0)), null)));
        var oneSided = LabelledPhantom.Of(
            new AnnotatedCt("a", ct, new LesionMask(Grid, Marked(30, 33)), new LesionMask(Grid, Marked(25, 40))));
        Assert.Throws<OptionException>(() => oneSided.WithCyst(7, new RandomStream(1)));
    }

    private static T[] Filled<T>(T value)
    {
        var values = new T[Grid.Shape.VoxelCount];
        Array.Fill(values, value);
        return values;
    }

    private static byte[] Marked(int from, int to) =>
        [.. Enumerable.Range(0, (int)Grid.Shape.VoxelCount).Select(
            i => i % Grid.Shape.Width >= from && i % Grid.Shape.Width < to ? (byte)1 : (byte)0)];
}
