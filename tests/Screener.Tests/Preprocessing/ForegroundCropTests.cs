using Screener.Imaging;
using Screener.Preprocessing;

namespace Screener.Tests.Preprocessing;

public sealed class ForegroundCropTests
{
    [Fact]
    public void TheBoxHoldsWholeBlocksThatAreDenseThroughout()
    {
        // Blocks of 2 x 3 x 4 voxels of 2.5 x 5/3 x 1.25 mm. Dense: d 3..6, h 4..8, w 9..20, of which only the whole blocks d 4..5, h 6..8,
        // w 12..19 count.
        var volume = Dense(new VolumeShape(9, 12, 30), Affine.Canonical(new Spacing(2.5, 5.0 / 3, 1.25)), (3, 7), (4, 9), (9, 21));
        Assert.Equal(
            new VoxelBox(4, 6, 12, new VolumeShape(2, 3, 8)),
            ForegroundCrop.Find(volume, -500, 5, 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void BlocksAreCountedFromTheCanonicalCornerWhateverTheOrientation()
    {
        var canonical = Dense(new VolumeShape(9, 13, 31), Affine.Canonical(new Spacing(2.5, 5.0 / 3, 1.25)), (3, 7), (4, 11), (9, 21));
        var box = ForegroundCrop.Find(canonical, -500, 5, 1, TestContext.Current.CancellationToken);
        var reversed = new CanonicalOrientation(new(2, true), new(0, false), new(1, true));
        var turned = new CtVolume(reversed.Apply(canonical.Grid), Reorientation.Permute(canonical.Voxels, canonical.Shape, reversed));
        var turnedBox = ForegroundCrop.Find(turned, -500, 5, 1, TestContext.Current.CancellationToken);
        Assert.Equal(new VolumeShape(box.Shape.Width, box.Shape.Depth, box.Shape.Height), turnedBox.Shape);
        Assert.Equal(31 - box.Width - box.Shape.Width, turnedBox.Depth);
        Assert.Equal(box.Depth, turnedBox.Height);
        Assert.Equal(13 - box.Height - box.Shape.Height, turnedBox.Width);
    }

    [Fact]
    public void BlocksCutOffByTheFarEdgeCount()
    {
        var volume = Dense(new VolumeShape(5, 7, 9), Affine.Canonical(new Spacing(2.5, 2.5, 2.5)), (4, 5), (6, 7), (8, 9));
        Assert.Equal(
            new VoxelBox(4, 6, 8, new VolumeShape(1, 1, 1)),
            ForegroundCrop.Find(volume, -500, 5, 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void NothingDenseMeansTheWholeVolume()
    {
        var volume = Dense(new VolumeShape(5, 7, 9), Affine.Identity, (2, 4), (3, 6), (4, 8));
        Assert.Equal(new VoxelBox(0, 0, 0, volume.Shape), ForegroundCrop.Find(volume, -500, 5, 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void ABlockWithANaNIsNotDense()
    {
        // Blocks of 2^3 voxels; dense are those at d 2, h 4, w 4 and w 6.
        var volume = Dense(new VolumeShape(5, 7, 9), Affine.Identity, (2, 4), (3, 6), (4, 8));
        Assert.Equal(
            new VoxelBox(2, 4, 4, new VolumeShape(2, 2, 4)),
            ForegroundCrop.Find(volume, -500, 2, 1, TestContext.Current.CancellationToken));
        volume.Voxels[volume.Shape.Index(3, 5, 4)] = float.NaN;
        Assert.Equal(
            new VoxelBox(2, 4, 6, new VolumeShape(2, 2, 2)),
            ForegroundCrop.Find(volume, -500, 2, 1, TestContext.Current.CancellationToken));
    }

    private static CtVolume Dense(VolumeShape shape, Affine affine, (int From, int To) d, (int From, int To) h, (int From, int To) w)
    {
        var voxels = new float[shape.VoxelCount];
        Array.Fill(voxels, -1000f);
        for (int i = d.From; i < d.To; i++)
        {
            for (int j = h.From; j < h.To; j++)
                voxels.AsSpan(shape.Index(i, j, w.From), w.To - w.From).Fill(0);
        }

        return new CtVolume(new VolumeGrid(shape, affine), voxels);
    }
}
