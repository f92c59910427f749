using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Tests.Imaging;

/// <summary>What the values of a CT betray: a window, another sign, padding.</summary>
public sealed class HounsfieldNotesTests
{
    private static float[] Body(float low, float high)
    {
        var random = new RandomStream(5);
        int[] tissues = [-1000, -90, 40, 700];
        return [.. Enumerable.Range(0,
            100_000).Select(i => Math.Clamp((float)Math.Round(tissues[i % 4] + random.Uniform(-60, 60)), low, high))];
    }

    private static string[] Notes(float[] voxels) => [.. HounsfieldNotes.Of(voxels, new HounsfieldRange(voxels.Min(), voxels.Max()))];

    [Fact]
    public void AnOrdinaryCtHasNone()
    {
        Assert.Empty(Notes(Body(-1024, 3071)));
        Assert.Empty(Notes(Body(-1000, 3071)));
        Assert.Empty(Notes([.. Body(-1024, 3071), .. Enumerable.Repeat(3071f, 500)]));
    }

    [Theory]
    [InlineData(-160, 240, "below -160 and above 240 HU")]
    [InlineData(-1350, 150, "above 150 HU")]
    [InlineData(-450, 3000, "below -450 HU")]
    [InlineData(0, 255, "below 0 and above 255 HU")]
    public void AWindowIsNoted(float low, float high, string ends) =>
        Assert.Contains($"No values {ends}", Assert.Single(Notes(Body(low, high))));

    [Fact]
    public void ValuesOfAnotherSignAreNoted()
    {
        var voxels = Body(-1024, 3071);
        voxels[7] = 62_512;
        Assert.Contains("Values up to 62512 HU", Assert.Single(Notes(voxels)));
        voxels[7] = -33_792;
        Assert.Contains("Values down to -33792 HU", Assert.Single(Notes(voxels)));
    }

    [Fact]
    public void ValuesAreJudgedWithoutPadding()
    {
        using var folder = new SliceFolder();
        // 0 to 255, as of an image for a screen, in a frame of declared padding that becomes -1000 HU.
        folder.SaveAll(40, (slice, _) => slice.Text(0x0028_1052, "DS", "0").Word(0x0028_0120, unchecked((ushort)-2000))
            .Pixels16([.. Enumerable.Repeat(unchecked((ushort)-2000), 24), .. Enumerable.Range(0, 20).Select(p => (ushort)(10 * p)),
                .. Enumerable.Repeat((ushort)255, 20)]));
        var volume = folder.Read().Volume;
        Assert.Equal(-1000, volume.Voxels.Min());
        Assert.Contains("values from 0 to 255", Assert.Throws<VolumeFormatException>(() => HounsfieldCheck.Require(volume)).Message);
        Assert.Contains(volume.Notes, n => n.Contains("above 255 HU"));

        // Undeclared, in any format.
        var grid = new VolumeGrid(new VolumeShape(1, 1, 4), Affine.Canonical(new Spacing(20, 20, 20)));
        Assert.Throws<VolumeFormatException>(() => HounsfieldCheck.Require(new CtVolume(grid, [-2048, 0, 100, 255])));
        HounsfieldCheck.Require(new CtVolume(grid, [-2048, -1000, 100, 255]));
    }
}
