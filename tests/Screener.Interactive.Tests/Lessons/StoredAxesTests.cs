using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Interactive.Lessons;

namespace Screener.Tests.Interactive.Lessons;

public sealed class StoredAxesTests : IDisposable
{
    private static readonly VolumeShape Shape = new(4, 5, 6);
    private static readonly VolumeGrid Grid = new(Shape, Affine.Canonical(new Spacing(3, 2, 1.5), -10, 20, -30));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("RAS")]
    [InlineData("LPS")]
    [InlineData("IPL")]
    [InlineData("ASL")]
    public void NibabelReadsTheSameVoxelsFromTheNamedAxes(string codes)
    {
        var axes = new StoredAxes(codes);
        axes.Write(_folder["case/ct.nii.gz"], Ct());
        axes.Write(
            _folder["case/labels.nii.gz"], new LabelVolume(Grid, [.. Enumerable.Range(0, (int)Shape.VoxelCount).Select(i => (byte)i)]));
        string said = PythonOracle.Run(
            ["nibabel", "numpy"],
            """
            import sys, nibabel, numpy as np
            for path in sys.argv[1:]:
                image = nibabel.load(path)
                canonical = nibabel.as_closest_canonical(image)
                values = np.asarray(canonical.dataobj).transpose(2, 1, 0)
                print(''.join(nibabel.aff2axcodes(image.affine)), np.array_equal(values.ravel() % 256, np.arange(120)),
                    np.round(canonical.affine[:3].ravel(), 3).tolist())
            """,
            _folder["case/ct.nii.gz"], _folder["case/labels.nii.gz"]);
        string line = $"{codes} True [1.5, 0.0, 0.0, -10.0, 0.0, 2.0, 0.0, 20.0, 0.0, 0.0, 3.0, -30.0]";
        Assert.Equal([line, line], said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("LPS")]
    [InlineData("IPL")]
    public void ATiltIsOutsideOfTheDiagonalAndLeavesTheVoxels(string codes)
    {
        new StoredAxes(codes) { Tilt = 0.5 }.Write(_folder["ct.nii"], Ct());
        var back = Reorientation.ToCanonical(
            new NiftiVolumeReader().Read(_folder["ct.nii"], VolumeReadOptions.Default, null, TestContext.Current.CancellationToken));
        Assert.Equal(Ct().Voxels, back.Voxels);
        Assert.Equal((0.5, 0d, 0d), (Math.Round(back.Grid.Affine[1, 2], 6), back.Grid.Affine[0, 2], back.Grid.Affine[2, 1]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("LP")]
    [InlineData("LRS")]
    [InlineData("lps")]
    [InlineData("XPS")]
    public void OtherNamesAreRefused(string codes) => Assert.Throws<OptionException>(() => new StoredAxes(codes));

    [Fact]
    public void CropsAreReadFromWhatWasPreparedAlsoWhereTheyAreLargerThanAVolume()
    {
        var grid = Grid with { Affine = Affine.Canonical(new Spacing(15, 10, 7.5)) };
        float[] hu = [.. Enumerable.Range(0, (int)Shape.VoxelCount).Select(i => i % 3 == 0 ? -1000f : 40f)];
        new StoredAxes("IPL").Write(_folder["raw/case_00000/imaging.nii.gz"], new CtVolume(grid, hu));
        new StoredAxes("IPL").Write(_folder["raw/case_00000/aggregated_MAJ_seg.nii.gz"], new LabelVolume(grid, new byte[Shape.VoxelCount]));
        var cache = DatasetImport.Import(
            DatasetCatalogue.Find("kits21"), _folder["raw"], _folder["cache"], DatasetImportOptions.Default, 1,
            cancellation: TestContext.Current.CancellationToken).Cache;
        var random = new Randomness.RandomStream(1);
        var small = CropReading.Measure(cache, new VolumeShape(2, 2, 2), random, 0.05, TestContext.Current.CancellationToken);
        Assert.Equal(small.PerSecond * 2 * 8 / 1e6, small.MegabytesPerSecond, 1e-9);
        var large = CropReading.Measure(cache, new VolumeShape(48, 48, 48), random, 0.05, TestContext.Current.CancellationToken);
        Assert.Equal(large.PerSecond * 2 * 120 / 1e6, large.MegabytesPerSecond, 1e-9);
        Assert.Throws<OptionException>(() => CropReading.Measure(cache, Shape, random, 0, TestContext.Current.CancellationToken));
    }

    // All different, and by 4 * 256 less than the labels.
    private static CtVolume Ct() => new(Grid, [.. Enumerable.Range(0, (int)Shape.VoxelCount).Select(i => i - 1024f)]);
}
