using System.Globalization;
using CsCheck;
using Screener.Errors;
using Screener.Imaging.Stored;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Nifti;

public sealed class NiftiWriterTests : IDisposable
{
    private static readonly Gen<Affine> Affines =
        from numbers in Gen.Double[-3, 3].Array[9]
        from origin in Gen.Double[-500, 500].Array[3]
        let affine = new Affine(
            numbers[0], numbers[1], numbers[2], origin[0], numbers[3], numbers[4], numbers[5], origin[1], numbers[6], numbers[7],
            numbers[8], origin[2])
        where Math.Abs(affine.Determinant) > 1e-2
            && Math.Min(affine.Spacing.Depth, Math.Min(affine.Spacing.Height, affine.Spacing.Width)) > PatientGrid.MinSpacing
        select affine;

    private static readonly Gen<VolumeGrid> Grids =
        from d in Gen.Int[1, 9]
        from h in Gen.Int[1, 9]
        from w in Gen.Int[1, 40]
        from affine in Affines
        select new VolumeGrid(new VolumeShape(d, h, w), affine);

    private readonly TemporaryFolder _folder = new();
    private readonly NiftiVolumeReader _reader = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, 80)]
    [InlineData(true, 80)]
    [InlineData(false, 500)]
    [InlineData(true, 500)]
    public void APackedMapTakesNoMoreThanIsAskedFor(bool inSteps, double radius)
    {
        var grid = new VolumeGrid(new(8, 256, 256), Affine.Identity);
        var random = new RandomStream(4);
        var scores = new float[grid.Shape.CheckedLength()];
        long body = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            bool isBody = Math.Pow((i % 256) - 128, 2) + Math.Pow((i / 256 % 256) - 128, 2) < radius * radius;
            body += isBody ? 1 : 0;
            scores[i] = isBody ? (float)random.NextGaussian() : -7.0028216f;
        }

        string file = _folder["map.nii.gz"];
        if (inSteps)
            NiftiWriter.WriteInSteps(file, new AnomalyMap(grid, scores));
        else
            NiftiWriter.Write(file, new AnomalyMap(grid, scores));
        Assert.InRange(new FileInfo(file).Length, body, ((inSteps ? 2 : 4) * body * 17 / 16) + (scores.Length / 8));
    }

    [Fact]
    public void EveryCtComesBackBitForBit() =>
        (from grid in Grids
         from whole in Gen.Bool
         from voxels in (whole ? Gen.Int[-32768, 32767].Select(v => (float)v) : Gen.Float[-1e6f, 1e6f]).Array[grid.Shape.CheckedLength()]
         from packed in Gen.Bool
         select (grid, whole, voxels, packed)).Sample(
            sample =>
            {
                string path = _folder[sample.packed ? "ct.nii.gz" : "ct.nii"];
                NiftiWriter.Write(path, new CtVolume(sample.grid, sample.voxels));
                var back = _reader.Read(path, VolumeReadOptions.Default);
                Assert.Equal(sample.voxels, back.Voxels);
                AssertSame(sample.grid, back.Grid);
                if (sample.whole)
                    Assert.Equal(VoxelType.Int16, NiftiVolumeReader.ReadHeader(path).DataType);
            }, iter: 200, threads: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MapsHaveTheSameBytesWithAnyNumberOfThreads(bool inSteps)
    {
        var grid = new VolumeGrid(new VolumeShape(13, 256, 250), Affine.Canonical(new Spacing(3, 2, 1)));
        var random = new Random(3);
        var map = new AnomalyMap(grid, [.. Enumerable.Range(0, grid.Shape.CheckedLength()).Select(_ => 5 * random.NextSingle())]);
        foreach (int threads in new[] { 1, 2, 0 })
        {
            if (inSteps)
                NiftiWriter.WriteInSteps(_folder[$"{threads}.nii.gz"], map, threads: threads);
            else
                NiftiWriter.Write(_folder[$"{threads}.nii.gz"], map, threads: threads);
            Assert.Equal(File.ReadAllBytes(_folder["1.nii.gz"]), File.ReadAllBytes(_folder[$"{threads}.nii.gz"]));
        }

        float[] back = NiftiVolumeReader.ReadMap(_folder["1.nii.gz"]).Voxels;
        Assert.All(map.Voxels.Zip(back), pair => Assert.Equal(pair.First, pair.Second, inSteps ? 2e-4f : 0));
        Assert.Throws<OptionException>(() => NiftiWriter.Write(_folder["a.nii.gz"], map, threads: -1));
    }

    [Theory]
    [InlineData(4.2, 0.0002)]
    [InlineData(3.0, 0.0001)]
    [InlineData(0.0, 1)]
    [InlineData(1700.5, 0.1)]
    public void ScoresInStepsComeBackWithinHalfAStep(double highest, double step)
    {
        var grid = new VolumeGrid(new VolumeShape(3, 4, 5), Affine.Canonical(new Spacing(3, 2, 1)));
        float[] scores = [.. Enumerable.Range(0, 60).Select(i => (float)(highest * (1 - (i / 41.0))))];
        NiftiWriter.WriteInSteps(_folder["map.nii.gz"], new AnomalyMap(grid, scores), "Screener: ensemble, -log10 of how rare");
        Assert.Equal(VoxelType.Int16, NiftiVolumeReader.ReadHeader(_folder["map.nii.gz"]).DataType);
        float[] back = _reader.Read(_folder["map.nii.gz"], VolumeReadOptions.Default).Voxels;
        Assert.All(scores.Zip(back), s => Assert.Equal(s.First, s.Second, (0.51 * step) + 1e-7));
        string[] seen = PythonOracle.Run(
            ["nibabel"],
            """
            import sys, nibabel
            i = nibabel.load(sys.argv[1])
            print(i.header['descrip'].item().decode(), float(i.dataobj.slope), float(i.get_fdata()[0, 0, 0]), sep='|')
            """, _folder["map.nii.gz"]).Trim().Split('|');
        Assert.Equal("Screener: ensemble, -log10 of how rare", seen[0]);
        Assert.Equal(step, double.Parse(seen[1], CultureInfo.InvariantCulture), 7);
        Assert.Equal(back[0], double.Parse(seen[2], CultureInfo.InvariantCulture), 4);
        var hole = new AnomalyMap(grid, [.. scores[1..], float.NaN]);
        Assert.Throws<OptionException>(() => NiftiWriter.WriteInSteps(_folder["no.nii"], hole));
    }

    [Fact]
    public void EveryMapAndLabelVolumeComesBackBitForBit() =>
        (from grid in Grids
         from scores in Gen.Float.Array[grid.Shape.CheckedLength()]
         from labels in Gen.Byte.Array[grid.Shape.CheckedLength()]
         select (grid, scores, labels)).Sample(
            sample =>
            {
                NiftiWriter.Write(_folder["map.nii.gz"], new AnomalyMap(sample.grid, sample.scores));
                var map = NiftiVolumeReader.ReadMap(_folder["map.nii.gz"]);
                Assert.Equal(sample.scores.Select(BitConverter.SingleToInt32Bits), map.Voxels.Select(BitConverter.SingleToInt32Bits));
                AssertSame(sample.grid, map.Grid);
                NiftiWriter.Write(_folder["labels.nii"], new LabelVolume(sample.grid, sample.labels));
                Assert.Equal(sample.labels, NiftiVolumeReader.ReadLabels(_folder["labels.nii"]).Voxels);
            }, iter: 100, threads: 1);

    [Fact]
    public void NibabelReadsWhatIsWrittenAndFindsNothingWrong()
    {
        // A turned grid in both handednesses and half-turns (sform and qform), and one with shear (sform only).
        Affine[] affines =
        [
            Affine.Canonical(new(2.5, 0.8, 0.7), -100, 20, 5),
            new(-0.7, 0, 0, 1, 0, -0.8, 0, 2, 0, 0, 2.5, 3),
            new(0.7, 0, 0, 1, 0, -0.8, 0, 2, 0, 0, -2.5, 3),
            new(-0.7, 0, 0, 1, 0, 0.8, 0, 2, 0, 0, -2.5, 3),
            new(-0.7, 0, 0, 1, 0, 0.8, 0, 2, 0, 0, 2.5, 3),
            new(0, 0, 3, 1, 2, 0, 0, 2, 0, 1, 0, 3),
            new(0.6, -0.8, 0, 1, 0.8, 0.6, 0, 2, 0, 0, 3, 3),
            new(0.6, -0.8, 0.2, 1, 0.8, 0.6, 0, 2, 0, 0, 3, 3),
        ];
        for (int i = 0; i < affines.Length; i++)
        {
            var grid = new VolumeGrid(new(2, 3, 4), affines[i]);
            NiftiWriter.Write(_folder[$"{i}_int16.nii.gz"], new CtVolume(grid, Voxels(1)), "é test");
            NiftiWriter.Write(_folder[$"{i}_float32.nii"], new CtVolume(grid, Voxels(0.5f)));
            NiftiWriter.Write(_folder[$"{i}_map_float32.nii.gz"], new AnomalyMap(grid, Voxels(1)));
            NiftiWriter.Write(_folder[$"{i}_uint8.nii"], new LesionMask(grid, Array.ConvertAll(Voxels(1), v => (byte)((int)v & 1))));
        }

        string[] lines = PythonOracle.Run(["nibabel", "numpy"], """
            import sys, os, gzip, numpy as np, nibabel as nib
            for name in sorted(os.listdir(sys.argv[1])):
                path = os.path.join(sys.argv[1], name)
                raw = open(path, 'rb').read()
                raw = gzip.decompress(raw) if path.endswith('.gz') else raw
                complaint = nib.Nifti1Header.diagnose_binaryblock(raw[:348])
                assert not complaint, complaint
                image = nib.load(path)
                i = int(name.split('_')[0])
                assert image.header.get_data_dtype() == name.split('_')[-1].split('.')[0], name
                assert image.header.get_xyzt_units()[0] == 'mm'
                form, code = image.get_qform(coded=True)
                assert (code == 0) == (i == 7), (path, code)
                assert code == 0 or np.abs(form - image.affine).max() < 1e-5, (path, form, image.affine)
                assert np.allclose(image.header.get_zooms(), nib.affines.voxel_sizes(image.affine))
                scale = {'int16': 1, 'uint8': 1}.get(name.split('_')[-1].split('.')[0], 0.5)
                data = image.get_fdata().transpose(2, 1, 0).ravel()
                expected = np.arange(24) * (scale if 'map' not in name else 1)
                assert np.array_equal(data, expected % 2 if 'uint8' in name else expected), name
                print(i, *[repr(float(v)) for v in image.affine[:3].ravel()])
            """, _folder.FullName).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4 * affines.Length, lines.Length);
        foreach (string line in lines)
        {
            double[] numbers = [.. line.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
            for (int k = 0; k < 12; k++)
                Assert.Equal(affines[(int)numbers[0]][k / 4, k % 4], numbers[k + 1], 1e-5);
        }
    }

    [Fact]
    public void ValuesThatInt16CannotHoldAreKeptAsFloats()
    {
        var grid = new VolumeGrid(new(1, 1, 40), Affine.Identity);
        foreach (float odd in (float[])[32768, -32769, 0.5f, 1e9f])
        {
            foreach (int place in (int[])[0, 39])
            {
                var voxels = new float[40];
                voxels[place] = odd;
                NiftiWriter.Write(_folder["a.nii"], new CtVolume(grid, voxels));
                Assert.Equal(voxels, _reader.Read(_folder["a.nii"], VolumeReadOptions.Default).Voxels);
            }
        }
    }

    [Fact]
    public void BadNamesOptionsAndShapesAreRefused()
    {
        var mask = new BodyMask(new VolumeGrid(new(1, 1, 1), Affine.Identity), [1]);
        Assert.Throws<OptionException>(() => NiftiWriter.Write(_folder["a.mhd"], mask));
        Assert.Throws<OptionException>(() => NiftiWriter.Write(_folder["a.gz"], mask));
        Assert.Throws<OptionException>(() => NiftiWriter.Write(_folder["a.nii"], mask, new string('a', 80)));
        Assert.Throws<OptionException>(() => NiftiWriter.Write(_folder["a.nii"], mask, "a\nb"));
        Assert.Throws<OptionException>(
            () => NiftiWriter.Write(_folder["a.nii"], new BodyMask(new VolumeGrid(new(1, 1, 32768), Affine.Identity), new byte[32768])));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void ACancelledWriteLeavesTheOldFile()
    {
        File.WriteAllText(_folder["a.nii.gz"], "old");
        var map = new AnomalyMap(new VolumeGrid(new(4, 4, 4), Affine.Identity), new float[64]);
        Assert.Throws<OperationCanceledException>(
            () => NiftiWriter.Write(_folder["a.nii.gz"], map, null, null, new CancellationToken(true)));
        Assert.Equal("old", File.ReadAllText(_folder["a.nii.gz"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    private static float[] Voxels(float scale) => [.. Enumerable.Range(0, 24).Select(i => i * scale)];

    private static void AssertSame(VolumeGrid expected, VolumeGrid found)
    {
        Assert.Equal(expected.Shape, found.Shape);
        for (int k = 0; k < 12; k++)
            Assert.Equal((float)expected.Affine[k / 4, k % 4], found.Affine[k / 4, k % 4]);
    }
}
