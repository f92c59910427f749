using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Preprocessing;

public sealed class PreprocessorTests
{
    // The whole chain once more in numpy: canonical axes, blocks, box, sampling positions, window, contrast.
    private const string Script = """
        import sys, warnings
        import numpy as np
        import nibabel as nib
        from scipy.ndimage import map_coordinates
        from skimage.exposure import equalize_adapthist
        warnings.simplefilter('ignore')
        shape = tuple(map(int, sys.argv[3].split()))
        affine = np.vstack([np.array(sys.argv[4].split(), float).reshape(3, 4), [0, 0, 0, 1]])
        target = np.array(sys.argv[5].split(), float)
        image = np.fromfile(sys.argv[1], np.float32).reshape(shape)
        canonical = nib.as_closest_canonical(nib.Nifti1Image(image.transpose(2, 1, 0), affine))
        image = np.asarray(canonical.dataobj).transpose(2, 1, 0)
        affine = canonical.affine
        spacing = np.linalg.norm(affine[:3, :3], axis=0)[::-1]
        edge = np.maximum(1, np.round(5 / spacing).astype(int))
        low = image
        for axis in range(3):
            low = np.minimum.reduceat(low, np.arange(0, low.shape[axis], edge[axis]), axis=axis)
        dense = np.argwhere(low > -500)
        start, stop = np.zeros(3, int), np.array(image.shape)
        if len(dense):
            start, stop = dense.min(0) * edge, np.minimum((dense.max(0) + 1) * edge, image.shape)
        ratio = target / spacing
        size = np.maximum(1, np.round((stop - start) / ratio)).astype(int)
        at = [s + (r - 1) / 2 + r * np.arange(n) for s, r, n in zip(start, ratio, size)]
        grid = np.meshgrid(*at, indexing='ij')
        out = map_coordinates(image.astype(np.float64), grid, order=1, mode='nearest')
        out = (np.clip(out, -1000, 300) + 1000) / 1300
        if sys.argv[6] == 'True':
            out = equalize_adapthist(out.astype(np.float32))
        out.astype(np.float32).tofile(sys.argv[2])
        centre = affine @ [at[2][0], at[1][0], at[0][0], 1]
        print(*size, *centre[:3])
        """;

    public static TheoryData<string> Orientations => ["canonical", "as DICOM", "sagittal", "coronal, reversed"];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void AgreesWithTheSameChainInPython(string orientation)
    {
        PythonOracle.Require("numpy", "scipy.ndimage", "skimage", "nibabel");
        foreach (bool clahe in new[] { false, true })
        {
            var volume = Torso(orientation);
            var options = new PreprocessingOptions { TargetSpacing = new Spacing(2.25, 1.7, 1.6), Clahe = clahe };
            var (expected, shape, corner) = Oracle(volume, options);
            var prepared = Preprocessor.Prepare(volume, options, 2, ct: TestContext.Current.CancellationToken);

            Assert.Equal(shape, prepared.Shape);
            Assert.True(
                shape.VoxelCount < 0.8 * volume.Shape.VoxelCount * volume.Grid.VoxelVolume / options.TargetSpacing.VoxelVolume,
                "the air was not cropped");
            var (x, y, z) = prepared.Grid.Affine.ToWorld(0, 0, 0);
            Assert.Equal(corner[0], x, 1e-3);
            Assert.Equal(corner[1], y, 1e-3);
            Assert.Equal(corner[2], z, 1e-3);
            Assert.Equal(options.TargetSpacing.Depth, prepared.Spacing.Depth, 1e-9);
            Assert.Equal(options.TargetSpacing.Width, prepared.Spacing.Width, 1e-9);
            Assert.Same(volume.Grid, prepared.SourceGrid);
            Assert.Equal(options.Fingerprint(), prepared.OptionsFingerprint);
            double mean = prepared.Intensities.Zip(expected, (a, b) => Math.Abs((double)a - b)).Average();
            Assert.True(mean < (clahe ? 1.0 / 255 : 1e-6), $"mean difference {mean:g3}");
        }
    }

    [Theory]
    [InlineData("lung-pet-ct-dx-a0001/A0001_3_ct_ds2x2x1.nii.gz")]
    [InlineData("totalsegmentator/example_ct.nii.gz")]
    public void RealCtAgreesWithTheSameChainInPython(string file)
    {
        string path = SharedCt.PathOf(file);
        Compare(new NiftiVolumeReader().Read(path, VolumeReadOptions.Default), PreprocessingOptions.Quick);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void AWholeChestAgreesWithTheSameChainInPython() =>
        Compare(new DicomSeriesReader(2).Read(SharedCt.PathOf("lidc-idri-0314/dicom.zip"), VolumeReadOptions.Default),
            PreprocessingOptions.Paper);

    private static void Compare(CtVolume volume, PreprocessingOptions options)
    {
        var (expected, shape, _) = Oracle(volume, options);
        var prepared = Preprocessor.Prepare(volume, options, 2, ct: TestContext.Current.CancellationToken);
        Assert.Equal(shape, prepared.Shape);
        double mean = prepared.Intensities.Zip(expected, (x, y) => Math.Abs((double)x - y)).Average();
        Assert.True(mean < 1.0 / 255, $"mean difference {mean:g3}");
    }

    [Fact]
    public void ABodyThatFillsTwoMetresIsRefusedAndAWholePatientIsNot()
    {
        var grid = new VolumeGrid(new VolumeShape(126, 126, 126), Affine.Canonical(new Spacing(16, 16, 16)));
        var huge = new CtVolume(grid, new float[grid.Shape.CheckedLength()], "huge.nii");
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<VolumeFormatException>(
            () => Preprocessor.Prepare(huge, PreprocessingOptions.Paper, 1, ct: TestContext.Current.CancellationToken)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        Assert.StartsWith("huge.nii: a body of ", message);
        Assert.Contains("at most 1,000,000,000", message);

        var patient = new VolumeGrid(new VolumeShape(3000, 700, 700), Affine.Canonical(new Spacing(1, 1, 1)));
        Preprocessor.RequireSize(patient, new Spacing(1.5, 1.5, 1.5), "patient.nii");
    }

    [Fact]
    public void AVolumeOfAirIsPreparedWhole()
    {
        var grid = new VolumeGrid(new VolumeShape(6, 20, 24), Affine.Canonical(new Spacing(5, 2, 2)));
        var voxels = new float[grid.Shape.VoxelCount];
        Array.Fill(voxels, -1000f);
        voxels[7] = float.NaN;
        var prepared = Preprocessor.Prepare(
            new CtVolume(grid, voxels), PreprocessingOptions.Quick with { Clahe = false }, 1, ct: TestContext.Current.CancellationToken);
        Assert.Equal(new VolumeShape(10, 13, 16), prepared.Shape);
        Assert.All(prepared.Intensities, x => Assert.Equal(0, x));
    }

    [Fact]
    public void ThreadsChangeNothingAndProgressRunsToOne()
    {
        var volume = Torso("as DICOM");
        var reports = new List<double>();
        var one = Preprocessor.Prepare(volume, PreprocessingOptions.Quick, 1, new Recorder(reports), TestContext.Current.CancellationToken);
        var three = Preprocessor.Prepare(volume, PreprocessingOptions.Quick, 3, ct: TestContext.Current.CancellationToken);
        Assert.Equal(one.Intensities, three.Intensities);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(1, reports[^1]);
    }

    [Fact]
    public void MemoryIsALittleMoreThanTheResult()
    {
        var volume = Torso("as DICOM");
        var options = PreprocessingOptions.Paper with { TargetSpacing = new Spacing(1, 1, 1) };
        var token = TestContext.Current.CancellationToken;
        var prepared = Preprocessor.Prepare(volume, options, 1, ct: token);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Preprocessor.Prepare(volume, options, 1, ct: token);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // The intensities (4 bytes), their bins (1), and the maps of CLAHE (about a thousand of 1 KiB, whatever the volume).
        Assert.InRange(allocated, 4 * prepared.Shape.VoxelCount, (5 * prepared.Shape.VoxelCount) + (3 << 20));
    }

    [Fact]
    public void CanBeStopped()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => Preprocessor.Prepare(Torso("canonical"), PreprocessingOptions.Quick, 1, ct: source.Token));
    }

    [Fact]
    public void FingerprintsTellOptionsApart()
    {
        Assert.Equal(PreprocessingOptions.Paper.Fingerprint(), new PreprocessingOptions().Fingerprint());
        string[] all =
        [
            PreprocessingOptions.Paper.Fingerprint(),
            PreprocessingOptions.Quick.Fingerprint(),
            new PreprocessingOptions { Clahe = false }.Fingerprint(),
            new PreprocessingOptions { ClaheOptions = new ClaheOptions { ClipLimit = 0.02 } }.Fingerprint(),
            new PreprocessingOptions { MaxHu = 301 }.Fingerprint(),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void WrongOptionsNameTheField()
    {
        Assert.Equal("TargetSpacing.Depth", Refused(new PreprocessingOptions { TargetSpacing = new Spacing(0, 1, 1) }));
        Assert.Equal("MaxHu", Refused(new PreprocessingOptions { MaxHu = -1000 }));
        Assert.Equal("ForegroundBlockMm", Refused(new PreprocessingOptions { ForegroundBlockMm = double.NaN }));
        Assert.Equal("Clahe.ClipLimit", Refused(new PreprocessingOptions { ClaheOptions = new ClaheOptions { ClipLimit = -1 } }));

        static string Refused(PreprocessingOptions options) => Assert.Throws<OptionException>(options.Validate).Subject;
    }

    private static (float[] Values, VolumeShape Shape, double[] Corner) Oracle(CtVolume volume, PreprocessingOptions options)
    {
        using var folder = new TemporaryFolder();
        RawFloats.Write(folder["in"], volume.Voxels);
        var a = volume.Grid.Affine;
        double[] affine = [a.M00, a.M01, a.M02, a.M03, a.M10, a.M11, a.M12, a.M13, a.M20, a.M21, a.M22, a.M23];
        string[] printed = PythonOracle.Run(
            ["numpy", "scipy.ndimage", "skimage", "nibabel"], Script, folder["in"], folder["out"],
            $"{volume.Shape.Depth} {volume.Shape.Height} {volume.Shape.Width}",
            string.Join(' ', affine.Select(x => x.ToString("R"))),
            $"{options.TargetSpacing.Depth} {options.TargetSpacing.Height} {options.TargetSpacing.Width}",
            $"{options.Clahe}").Split();
        return (
            RawFloats.Read(folder["out"]),
            new VolumeShape(int.Parse(printed[0]), int.Parse(printed[1]), int.Parse(printed[2])),
            [double.Parse(printed[3]), double.Parse(printed[4]), double.Parse(printed[5])]);
    }

    // An ellipse of tissue with two lungs, off the middle of a larger field of air, on a table thinner than a block.
    private static CtVolume Torso(string orientation)
    {
        var (shape, affine) = orientation switch
        {
            "canonical" => (new VolumeShape(30, 61, 77), Affine.Canonical(new Spacing(2.5, 2, 1.9), -70, -60, 30)),
            "as DICOM" => (new VolumeShape(30, 61, 77), new Affine(-1.9, 0, 0, 75, 0, -2, 0, 62, 0, 0, 2.5, -40)),
            "sagittal" => (new VolumeShape(77, 30, 61), new Affine(0, 0, -1.9, 75, 2, 0, 0, -60, 0, -2.5, 0, 40)),
            _ => (new VolumeShape(61, 30, 77), new Affine(1.9, 0, 0, -70, 0, 0, -2, 62, 0, 2.5, 0, -40)),
        };
        var grid = new VolumeGrid(shape, affine);
        var random = new RandomStream(21);
        var voxels = new float[shape.VoxelCount];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    var (x, y, z) = affine.ToWorld(d, h, w);
                    double body = Math.Pow((x - 8) / 45, 2) + Math.Pow((y + 5) / 30, 2);
                    double lung = Math.Pow((Math.Abs(x - 8) - 20) / 14, 2) + Math.Pow((y + 5) / 18, 2);
                    double hu = body > 1 ? (Math.Abs(y + 50) < 1 ? 100 : -1000) : lung < 1 ? -850 : 40 + (5 * Math.Sin(z / 6));
                    voxels[shape.Index(d, h, w)] = (float)(hu + (12 * random.NextGaussian()));
                }
            }
        }

        return new CtVolume(grid, voxels, orientation);
    }

    private sealed class Recorder(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
