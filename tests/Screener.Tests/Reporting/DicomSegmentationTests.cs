using System.Globalization;
using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Reporting;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Tests.Reporting;

public sealed class DicomSegmentationTests
{
    // Where each segment's voxels lie by what the file itself says, after everything that it says of its images was compared with them.
    private const string Script =
        """
        import sys, glob, json, numpy as np, pydicom
        folder = sys.argv[1]
        images = {}
        for f in glob.glob(folder + '/ct/*.dcm'):
            d = pydicom.dcmread(f)
            images[d.SOPInstanceUID] = d
        one = next(iter(images.values()))
        out = {}
        for name in ('seg', 'probability', 'capture'):
            d = pydicom.dcmread(folder + '/' + name + '.dcm')
            for k in ('PatientName', 'PatientID', 'PatientBirthDate', 'PatientSex', 'StudyInstanceUID', 'StudyDate', 'StudyTime',
                      'AccessionNumber', 'StudyID', 'ReferringPhysicianName', 'FrameOfReferenceUID', 'Rows', 'Columns'):
                assert d[k].value == one[k].value, k
            assert d.SeriesInstanceUID != one.SeriesInstanceUID and d.SOPInstanceUID not in images
            shared = d.SharedFunctionalGroupsSequence[0]
            iop = shared.PlaneOrientationSequence[0].ImageOrientationPatient
            measures = shared.PixelMeasuresSequence[0]
            assert list(iop) == list(one.ImageOrientationPatient)
            assert list(measures.PixelSpacing) == list(one.PixelSpacing)
            named = set()
            for s in d.ReferencedSeriesSequence:
                assert s.SeriesInstanceUID == one.SeriesInstanceUID
                named |= {i.ReferencedSOPInstanceUID for i in s.ReferencedInstanceSequence}
            pixels = d.pixel_array
            frames = d.PerFrameFunctionalGroupsSequence
            if len(frames) == 1: pixels = pixels[None]
            assert len(frames) == d.NumberOfFrames == len(pixels)
            row, column = np.array(iop[:3], float), np.array(iop[3:], float)
            places, used = {}, set()
            for g, frame in zip(frames, pixels):
                source = g.DerivationImageSequence[0].SourceImageSequence[0]
                image = images[source.ReferencedSOPInstanceUID]
                used.add(source.ReferencedSOPInstanceUID)
                assert source.ReferencedSOPClassUID == image.SOPClassUID
                ipp = np.array(g.PlanePositionSequence[0].ImagePositionPatient, float)
                assert list(ipp) == [float(v) for v in image.ImagePositionPatient]
                grey = frame if frame.ndim == 2 else frame.max(-1).astype(int) - frame.min(-1)
                number = g.SegmentIdentificationSequence[0].ReferencedSegmentNumber if name != 'capture' else 0
                for r, c in zip(*np.nonzero(grey)):
                    at = ipp + row * c * float(one.PixelSpacing[1]) + column * r * float(one.PixelSpacing[0])
                    places.setdefault(int(number), []).append([*map(float, at), int(grey[r, c])])
            assert named == used
            out[name] = places
        d = pydicom.dcmread(folder + '/seg.dcm')
        out['labels'] = [s.SegmentLabel for s in d.SegmentSequence]
        print(json.dumps(out))
        """;

    [Theory]
    [InlineData("canonical")]
    [InlineData("supine")]
    [InlineData("reversed")]
    [InlineData("oblique")]
    public void PydicomFindsEveryVoxelInItsPlace(string grid)
    {
        using var folder = new TemporaryFolder();
        var made = DerivedObjects.Write(folder, DerivedObjects.Grids[grid]);
        Assert.Equal(2, made.Findings.List.Count);
        using var answer = JsonDocument.Parse(PythonOracle.Run(["numpy", "pydicom"], Script, folder.FullName));
        var root = answer.RootElement;
        Assert.Equal(["Finding 1", "Finding 2"], root.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        for (int i = 0; i < 2; i++)
        {
            int[] voxels = [.. made.Findings.Places[i].Indices()];
            AssertPlaces(made.Map.Grid, voxels, _ => 1, root.GetProperty("seg").GetProperty($"{i + 1}"));
        }

        // Segments do not overlap, as their file says.
        Assert.Empty(made.Findings.Places[0].Indices().Intersect(made.Findings.Places[1].Indices()));
        int[] inside = [.. Enumerable.Range(0, made.Body.Voxels.Length).Where(v => made.Body.Voxels[v] != 0)];
        AssertPlaces(
            made.Map.Grid, inside, v => (int)Math.Round(255 * (1 - Math.Pow(10, -made.Map.Voxels[v]))),
            root.GetProperty("probability").GetProperty("1"));

        // What has a colour in the capture is what scores more than one in ten.
        int[] coloured = [.. inside.Where(v => made.Map.Voxels[v] > 1.2)];
        var seen = Places(root.GetProperty("capture").GetProperty("0"));
        Assert.All(coloured, v => Assert.Contains(Key(made.Map.Grid, v), seen.Keys));
        int[] plain = [.. Enumerable.Range(0, made.Body.Voxels.Length).Where(v => made.Body.Voxels[v] == 0 || made.Map.Voxels[v] <= 1)];
        Assert.All(plain, v => Assert.DoesNotContain(Key(made.Map.Grid, v), seen.Keys));
    }

    [Theory]
    [InlineData("seg")]
    [InlineData("probability")]
    [InlineData("capture")]
    public void OtherProgramsFindNoFault(string name)
    {
        using var folder = new TemporaryFolder();
        DerivedObjects.Write(folder, DerivedObjects.Grids["oblique"]);
        string file = folder[name + ".dcm"];
        var (code, text) = DicomTool.Run("dcmdump", file);
        Assert.True(code == 0 && !text.Contains("E: ", StringComparison.Ordinal) && !text.Contains("W: ", StringComparison.Ordinal), text);
        if (name == "capture")
            ConverterTool.Run("dcmj2pnm --frame 4", file, folder["frame.ppm"]);
        (_, text) = DicomTool.Run("dciodvfy", file);
        Assert.True(!text.Contains("Error", StringComparison.Ordinal), text);
    }

    [Fact]
    public void NoFindingIsAnEmptySegment()
    {
        using var folder = new TemporaryFolder();
        var made = DerivedObjects.Write(folder, DerivedObjects.Grids["supine"], highest: 1.5);
        Assert.Empty(made.Findings.List);
        using var answer = JsonDocument.Parse(PythonOracle.Run(["numpy", "pydicom"], Script, folder.FullName));
        Assert.Equal("No finding", answer.RootElement.GetProperty("labels")[0].GetString());
        Assert.Empty(answer.RootElement.GetProperty("seg").EnumerateObject());
    }

    [Fact]
    public void NamesInOtherLettersAndMissingUidsAreSeen()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, change) in new (string, Action<DicomFileBuilder, int>)[]
        {
            ("whole", (_, _) => { }), ("shared", (s, _) => s.Text(0x0008_0018, "UI", "1.2.3.9")),
            ("frames", (s, _) => s.Remove(0x0020_0052)),
        })
        {
            Directory.CreateDirectory(folder[name]);
            for (int i = 0; i < 4; i++)
            {
                var slice = new DicomFileBuilder().Text(0x0008_0018, "UI", $"1.2.3.{i + 1}").Text(0x0020_0032, "DS", $"0\\0\\{3 * i}")
                    .Text(0x0020_0052, "UI", "1.2.9").Text(0x0008_0005, "CS", "ISO_IR 192").Text(0x0010_0010, "PN", "Müller^Jörg");
                change(slice, i);
                File.WriteAllBytes(Path.Combine(folder[name], $"{i}.dcm"), slice.ToBytes());
            }
        }

        var series = new DicomSeriesReader(1).ReadSeries(folder["whole"]);
        DicomSegmentation.WriteFindings(folder["s.dcm"], series.Origin(), "größte", new Findings(2, [], 0));
        Assert.Equal(
            "Müller^Jörg|Screener findings: gr??te",
            PythonOracle.Run(
                ["pydicom"], "import sys, pydicom; d = pydicom.dcmread(sys.argv[1]); print(f'{d.PatientName}|{d.SeriesDescription}')",
                folder["s.dcm"]).Trim());
        foreach (var (name, mention) in new[] { ("shared", "share a SOPInstanceUID"), ("frames", "without FrameOfReferenceUID") })
        {
            var other = new DicomSeriesReader(1).ReadSeries(folder[name]);
            Assert.Contains(mention, Assert.Throws<SeriesRejectedException>(other.Origin).Message);
        }
    }

    [Fact]
    public void ScoresWithoutAUnitAreNoProbability()
    {
        using var folder = new TemporaryFolder();
        var made = DerivedObjects.Write(folder, DerivedObjects.Grids["supine"]);
        Assert.Throws<OptionException>(() => DicomSegmentation.WriteProbability(
            folder["no.dcm"], made.Series.Origin(), "none", new AnomalyMap(made.Map.Grid, made.Map.Voxels), made.Body));
        Assert.False(File.Exists(folder["no.dcm"]));
    }

    [Fact]
    public void AMapOnAnotherGridIsRefused()
    {
        using var folder = new TemporaryFolder();
        var made = DerivedObjects.Write(folder, DerivedObjects.Grids["supine"]);
        var a = made.Map.Grid.Affine;
        var mirrored = new VolumeGrid(made.Map.Shape, a with { M00 = -a.M00, M10 = -a.M10, M20 = -a.M20 });
        var map = new AnomalyMap(mirrored, made.Map.Voxels) { IsCalibrated = true };
        Assert.Throws<ScoreMapException>(
            () => DicomSegmentation.WriteProbability(folder["no.dcm"], made.Series.Origin(), "ensemble", map, made.Body));
        Assert.False(File.Exists(folder["no.dcm"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void PackedFramesAreReadBack(int width)
    {
        var random = new Randomness.RandomStream(1);
        var pixels = new byte[width * 9];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(random.NextInt(3) == 0 ? random.NextInt(256) : i < pixels.Length / 2 ? 5 : pixels[Math.Max(0, i - 1)]);
        var read = new ushort[pixels.Length];
        byte[] packed = RleEncoder.Encode(pixels, width, 1);
        RleDecoder.Decode(packed, 1, read, "packed");
        Assert.Equal(pixels.Select(p => (ushort)p), read);
        Assert.Equal(0, packed.Length % 2);
    }

    private static void AssertPlaces(VolumeGrid grid, int[] voxels, Func<int, int> value, JsonElement places)
    {
        var seen = Places(places);
        Assert.Equal(voxels.Length, seen.Count);
        Assert.All(voxels, v => Assert.Equal(value(v), seen[Key(grid, v)]));
    }

    private static Dictionary<string, int> Places(JsonElement places) => places.EnumerateArray().ToDictionary(
        p => Key(p[0].GetDouble(), p[1].GetDouble(), p[2].GetDouble()), p => p[3].GetInt32());

    // RAS+ to LPS.
    private static string Key(VolumeGrid grid, int voxel)
    {
        var (height, width) = (grid.Shape.Height, grid.Shape.Width);
        var (x, y, z) = grid.Affine.ToWorld(voxel / (height * width), voxel / width % height, voxel % width);
        return Key(-x, -y, z);
    }

    private static string Key(double x, double y, double z) => string.Join(
        ' ', new[] { x, y, z }.Select(v => (Math.Round(v, 2) + 0.0).ToString("0.0", CultureInfo.InvariantCulture)));
}
