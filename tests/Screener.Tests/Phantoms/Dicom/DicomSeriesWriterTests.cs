using System.Diagnostics;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Phantoms.Dicom;
using Screener.Randomness;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Tests.Phantoms.Dicom;

public sealed class DicomSeriesWriterTests
{
    private static CtVolume Phantom(Affine? affine = null)
    {
        var random = new RandomStream(5);
        var shape = new VolumeShape(6, 20, 24);
        var voxels = new float[shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = random.NextInt(4000) - 1000;
        return new CtVolume(new VolumeGrid(shape, affine ?? new Affine(-0.7, 0, 0, 100.25, 0, -0.9, 0, 77.125, 0, 0, 2.5, -310.5)), voxels);
    }

    [Fact]
    public void WhatAKillLeftBehindIsNoHindrance()
    {
        using var folder = new TemporaryFolder();
        var ct = new CtVolume(new VolumeGrid(new VolumeShape(3, 8, 9), Affine.Canonical(new Spacing(5, 4, 4))), new float[3 * 8 * 9]);
        DicomSeriesWriter.Write(ct, folder["whole"], new RandomStream(5));
        string uid = new DicomSeriesReader(1).List(folder["whole"])[0].SeriesUid;
        Directory.CreateDirectory(folder[$"series.{uid[^8..]}.tmp"]);
        File.Copy(folder["whole/00001.dcm"], folder[$"series.{uid[^8..]}.tmp/00001.dcm"]);
        DicomSeriesWriter.Write(ct, folder["series"], new RandomStream(5));
        Assert.Equal(["series", "whole"], Directory.GetDirectories(folder.FullName).Select(Path.GetFileName).Order());
        Assert.Equal(3, Directory.GetFiles(folder["series"]).Length);
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        using var folder = new TemporaryFolder();
        var volume = Phantom();
        DicomSeriesWriter.Write(volume, folder["ct"], new RandomStream(1), cancellation: TestContext.Current.CancellationToken);
        var read = new DicomSeriesReader().ReadSeries(folder["ct"], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(volume.Voxels, read.Volume.Voxels);
        Assert.True(volume.Grid.Matches(read.Volume.Grid, 1e-9), read.Volume.Grid.ToString());
        Assert.Empty(read.Notes);
        Assert.Equal(6, read.Slices.Select(s => s.SopInstanceUid).Distinct().Count());
    }

    [Fact]
    public void ACanonicalAndAnObliqueGridKeepTheirGeometry()
    {
        using var folder = new TemporaryFolder();
        double c = Math.Cos(0.2), s = Math.Sin(0.2);
        Affine[] grids = [Affine.Canonical(new Spacing(3, 1.1, 0.9), -50, -60, -70), new(c, 0, 0, 1, 0, c, -2 * s, 2, 0, s, 2 * c, 3)];
        for (int i = 0; i < grids.Length; i++)
        {
            var volume = Phantom(grids[i]);
            DicomSeriesWriter.Write(volume, folder[$"{i}"], new RandomStream(1), cancellation: TestContext.Current.CancellationToken);
            var read = new DicomSeriesReader().Read(
                folder[$"{i}"], VolumeReadOptions.Default, cancellation: TestContext.Current.CancellationToken);
            Assert.True(volume.Grid.Matches(read.Grid, 1e-6), $"{volume.Grid} became {read.Grid}");
            Assert.Equal(volume.Voxels, read.Voxels);
        }
    }

    [Fact]
    public void TheSameStreamGivesTheSameFilesAndAnotherOneOtherUids()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, seed) in new[] { ("a", 1ul), ("b", 1ul), ("c", 2ul) })
            DicomSeriesWriter.Write(Phantom(), folder[name], new RandomStream(seed), cancellation: TestContext.Current.CancellationToken);
        byte[] First(string name) => File.ReadAllBytes(Path.Combine(folder[name], "00001.dcm"));
        Assert.Equal(First("a"), First("b"));
        Assert.NotEqual(First("a"), First("c"));
    }

    [Fact]
    public void PydicomReadsTheSameVoxelsAndGeometry()
    {
        using var folder = new TemporaryFolder();
        DicomSeriesWriter.Write(Phantom(), folder["ct"], new RandomStream(3), cancellation: TestContext.Current.CancellationToken);
        var read = new DicomSeriesReader().ReadSeries(folder["ct"], cancellation: TestContext.Current.CancellationToken);
        RealSeriesTests.AssertSameAsPydicom(folder["ct"], read);
    }

    [Fact]
    public void GdcmReadsTheSamePixels()
    {
        using var folder = new TemporaryFolder();
        var volume = Phantom();
        DicomSeriesWriter.Write(volume, folder["ct"], new RandomStream(3), cancellation: TestContext.Current.CancellationToken);
        string output = PythonOracle.Run(
            ["gdcm", "numpy"],
            """
            import sys, gdcm, numpy as np
            r = gdcm.ImageReader(); r.SetFileName(sys.argv[1]); assert r.Read()
            im = r.GetImage()
            raw = np.frombuffer(im.GetBuffer().encode('utf-8', 'surrogateescape'), '<i2').astype(int)
            print(int((raw + int(im.GetIntercept())).sum()), im.GetSpacing(0), im.GetSpacing(1), im.GetOrigin(2),
                *[im.GetDimension(i) for i in (0, 1)])
            """,
            Path.Combine(folder["ct"], "00002.dcm"));
        double[] numbers = [.. output.Split(' ').Select(t => double.Parse(t, System.Globalization.CultureInfo.InvariantCulture))];
        double sum = volume.Voxels.Skip(480).Take(480).Sum(v => (double)v);
        Assert.Equal([sum, 0.7, 0.9, -308, 24, 20], numbers.Select(x => Math.Round(x, 6)));
    }

    [Fact]
    public void Dcm2niixMakesTheSameVolumeOfIt()
    {
        const string Tool = "/usr/bin/dcm2niix";
        Assert.SkipUnless(File.Exists(Tool), $"{Tool} is not here");
        using var folder = new TemporaryFolder();
        var volume = Phantom();
        DicomSeriesWriter.Write(volume, folder["ct"], new RandomStream(3), cancellation: TestContext.Current.CancellationToken);
        Directory.CreateDirectory(folder["nii"]);
        var start = new ProcessStartInfo(Tool, ["-o", folder["nii"], "-f", "ct", "-b", "n", folder["ct"]])
        {
            RedirectStandardOutput = true,
        };
        using (var process = Process.Start(start)!)
        {
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }

        // World coordinates of three voxels and their HU, through nibabel: dcm2niix stores rows in another order.
        string output = PythonOracle.Run(
            ["nibabel", "numpy"],
            """
            import sys, nibabel, numpy as np
            im = nibabel.load(sys.argv[1]); data = im.get_fdata(); inverse = np.linalg.inv(im.affine)
            for p in sys.argv[2:]:
                i, j, k, _ = np.rint(inverse @ [*map(float, p.split(',')), 1]).astype(int)
                print(data[i, j, k])
            """,
            [folder[Path.Combine("nii", "ct.nii")], .. new[] { (0, 0, 0), (3, 7, 11), (5, 19, 23) }.Select(p =>
            {
                var (x, y, z) = volume.Grid.Affine.ToWorld(p.Item1, p.Item2, p.Item3);
                return FormattableString.Invariant($"{x},{y},{z}");
            })]);
        Assert.Equal(
            [volume[0, 0, 0], volume[3, 7, 11], volume[5, 19, 23]],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
                t => float.Parse(t, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void AFolderThatIsNotEmptyIsLeftAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.txt"], "mine");
        var error = Assert.Throws<OutputException>(
            () => DicomSeriesWriter.Write(
                Phantom(), folder.FullName, new RandomStream(1), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("absent or empty", error.Message);
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName));
    }

    [Fact]
    public void AVoxelThatDoesNotFitLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var volume = Phantom();
        volume.Voxels[^1] = float.NaN;
        Assert.Throws<OptionException>(
            () => DicomSeriesWriter.Write(volume, folder["ct"], new RandomStream(1), cancellation: TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public void AShearedGridIsRefused()
    {
        using var folder = new TemporaryFolder();
        var sheared = Phantom(new Affine(1, 0, 0, 0, 0, 1, 0.3, 0, 0, 0, 2, 0));
        Assert.Throws<OptionException>(
            () => DicomSeriesWriter.Write(sheared, folder["ct"], new RandomStream(1), cancellation: TestContext.Current.CancellationToken));
    }
}
