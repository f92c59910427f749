using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Folders, zips and single files; picking one of several series.</summary>
public sealed class DicomSeriesReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DicomSeriesReader _reader = new(2);

    public void Dispose() => _folder.Dispose();

    private static B Slice(string series, int i, string modality = "CT") => new B()
        .Text(0x0008_0018, "UI", $"1.2.{series}.{i}")
        .Text(0x0008_0060, "CS", modality)
        .Text(0x0008_103E, "LO", $"series {series}")
        .Text(0x0020_000E, "UI", $"1.2.3.{series}")
        .Text(0x0020_0032, "DS", $"0\\0\\{i}");

    private void Save(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], bytes);
    }

    private void SaveSeries(string folder, string series, int count, string modality = "CT")
    {
        for (int i = 0; i < count; i++)
            Save($"{folder}/IM{i}", Slice(series, i, modality).ToBytes());
    }

    private DicomSeriesVolume Read(string path, string? uid = null) =>
        _reader.ReadSeries(path, new VolumeReadOptions { SeriesUid = uid }, cancellation: TestContext.Current.CancellationToken);

    [Fact]
    public void NestedFoldersAreSearchedAndOtherFilesPassedOver()
    {
        SaveSeries("patient/study/ct", "1", 3);
        Save("patient/readme.txt", "hello, this is no DICOM file at all"u8.ToArray());
        Save("patient/empty", []);
        Save("patient/scan.nii.gz", [0x1F, 0x8B, 8, 0, 0, 0]);
        Save("patient/short", [8, 0]);
        Save("patient/lookalike", [8, 0, 5, 0, (byte)'C', (byte)'S', 200, 0, 1, 2, 3]);
        Save("DICOMDIR", [.. new byte[128], .. "DICM"u8, .. new B().Header(0x0002_0002, "UI", 20, "1.2.840.10008.1.3.10"u8.ToArray())]);
        Assert.True(_reader.CanRead(_folder.FullName));
        Assert.Equal(3, Read(_folder.FullName).Volume.Shape.Depth);
        Assert.Equal(
            "1.2.3.1 ('series 1', CT, 3 slices)",
            Assert.Single(_reader.List(_folder.FullName, TestContext.Current.CancellationToken)).ToString());
    }

    [Fact]
    public void SeveralSeriesAreListedAndOneIsPickedByItsUid()
    {
        SaveSeries("a", "1", 3);
        SaveSeries("b", "2", 4);
        SaveSeries("seg", "3", 1, "SEG");
        var error = Assert.Throws<SeriesRejectedException>(() => Read(_folder.FullName));
        Assert.Contains("2 CT series: 1.2.3.1 ('series 1', CT, 3 slices); 1.2.3.2 ('series 2', CT, 4 slices)", error.Message);
        Assert.Equal(4, Read(_folder.FullName, "1.2.3.2").Volume.Shape.Depth);
        var missing = Assert.Throws<OptionException>(() => Read(_folder.FullName, "1.2.3.9"));
        Assert.Contains("1.2.3.9, which is not in", missing.Message);
        Assert.Contains("'series 2'", missing.Message);
        Assert.Contains("no CT image", Assert.Throws<SeriesRejectedException>(() => Read(_folder.FullName, "1.2.3.3")).Message);
        Assert.Equal(["CT", "CT", "SEG"], _reader.List(_folder.FullName, TestContext.Current.CancellationToken).Select(s => s.Modality));
    }

    [Fact]
    public void OtherModalitiesAndALocalizerDoNotCompeteWithTheOneCt()
    {
        SaveSeries("a", "1", 3);
        SaveSeries("seg", "3", 1, "SEG");
        Save("scout.dcm", Slice("4", 0).Text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER").ToBytes());
        Save("report.dcm", Slice("5", 0, "SR").Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.88.22").Remove(0x7FE0_0010).ToBytes());
        Assert.Equal("1.2.3.1", Read(_folder.FullName).Series.SeriesUid);
        Assert.Contains("localizers", Assert.Throws<SeriesRejectedException>(() => Read(_folder.FullName, "1.2.3.4")).Message);
    }

    [Fact]
    public void AZipIsReadLikeAFolder()
    {
        SaveSeries("in/deep/down", "1", 5);
        Save("in/readme.txt", "hello"u8.ToArray());
        ZipFile.CreateFromDirectory(_folder["in"], _folder["ct.zip"]);
        Assert.True(_reader.CanRead(_folder["ct.zip"]));
        var a = Read(_folder["in"]);
        var b = Read(_folder["ct.zip"]);
        Assert.Equal(a.Volume.Voxels, b.Volume.Voxels);
        Assert.Equal(a.Volume.Grid, b.Volume.Grid);
        Assert.EndsWith("ct.zip/deep/down/IM0", b.Slices[0].File);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void AFlippedBitInAZipIsNeverAWrongVoxel(CompressionLevel level)
    {
        SaveSeries("in", "1", 3);
        ZipFile.CreateFromDirectory(_folder["in"], _folder["ct.zip"], level, false);
        var expected = Read(_folder["ct.zip"]).Volume.Voxels;
        byte[] zip = File.ReadAllBytes(_folder["ct.zip"]);
        int refused = 0;
        for (int i = 0; i < zip.Length; i += 5)
        {
            byte[] damaged = (byte[])zip.Clone();
            damaged[i] ^= 4;
            Save("ct.zip", damaged);
            try
            {
                Assert.Equal(expected, Read(_folder["ct.zip"]).Volume.Voxels);
            }
            catch (ScreenerException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, zip.Length / 15, zip.Length / 5);
    }

    [Fact]
    public void OneFileStandsForItsSeriesInItsFolder()
    {
        SaveSeries("ct", "1", 3);
        for (int i = 0; i < 4; i++)
            Save($"ct/other{i}", Slice("2", i).ToBytes());
        SaveSeries("ct/below", "1", 3);
        Assert.True(_reader.CanRead(_folder["ct/IM1"]));
        Assert.Equal(3, Read(_folder["ct/IM1"]).Volume.Shape.Depth);
        Assert.Equal(4, Read(_folder["ct/other0"]).Volume.Shape.Depth);
        Save("ct/seg", Slice("3", 0, "SEG").ToBytes());
        Assert.Contains("not a CT image", Assert.Throws<SeriesRejectedException>(() => Read(_folder["ct/seg"])).Message);
    }

    [Fact]
    public void NothingToReadIsSaid()
    {
        Assert.Throws<MissingInputException>(() => Read(_folder["absent"]));
        Assert.Contains("0 files, none of them DICOM", Assert.Throws<MissingInputException>(() => Read(_folder.FullName)).Message);
        SaveSeries("seg", "3", 1, "SEG");
        Assert.Contains("no CT series among 1: 1.2.3.3", Assert.Throws<SeriesRejectedException>(() => Read(_folder.FullName)).Message);
        Assert.False(_reader.CanRead(_folder["absent"]));
        Save("text.zip", "PK\x03\x04 but not a zip"u8.ToArray());
        Assert.False(_reader.CanRead(_folder["text.zip"]));
        Assert.Contains("zip", Assert.Throws<VolumeFormatException>(() => Read(_folder["text.zip"])).Message);
    }

    // The last slice of a series would be missed by nobody.
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void AFileNamedDcmThatIsNoneIsNamedAndNotLeftOut(int length)
    {
        SaveSeries("ct", "1", 8);
        Save("ct/IM9.DCM", new byte[length]);
        string message = Assert.Throws<VolumeFormatException>(() => Read(_folder["ct"])).Message;
        Assert.StartsWith($"{_folder["ct/IM9.DCM"]}: {length} bytes that are no DICOM", message);

        // What macOS adds is named so too.
        File.Move(_folder["ct/IM9.DCM"], _folder["ct/._IM9.DCM"]);
        Assert.Equal(8, Read(_folder["ct"]).Volume.Shape.Depth);
    }

    [Fact]
    public void ADamagedSliceIsNamedAndNotLeftOut()
    {
        SaveSeries("ct", "1", 8);
        byte[] bytes = Slice("1", 3).ToBytes();
        Save("ct/IM3", bytes[..^6]);
        string message = Assert.Throws<VolumeFormatException>(() => Read(_folder["ct"])).Message;
        Assert.StartsWith(_folder["ct/IM3"], message);
        Assert.Contains("bytes of pixel data", message);
        // Wherever it is cut, also between two elements, where what is left is a well-formed data set.
        for (int length = 140; length < bytes.Length; length += 13)
        {
            Save("ct/IM3", bytes[..length]);
            Assert.StartsWith(_folder["ct/IM3"], Assert.Throws<VolumeFormatException>(() => Read(_folder["ct"])).Message);
        }
    }

    [Fact]
    public void ALinkBackIsNoLoop()
    {
        SaveSeries("ct", "1", 3);
        Directory.CreateSymbolicLink(_folder["ct/back"], _folder["ct"]);
        File.CreateSymbolicLink(_folder["ct/IM9"], _folder["ct/IM2"]);
        Assert.Equal(3, Read(_folder["ct"]).Volume.Shape.Depth);
    }

    [Fact]
    public void ProgressGrowsToOneAndCancellationStops()
    {
        SaveSeries("ct", "1", 6);
        var reports = new List<double>();
        var progress = new Progress(reports);
        _reader.Read(_folder["ct"], VolumeReadOptions.Default, progress, TestContext.Current.CancellationToken);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(1, reports[^1], 1e-9);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => _reader.Read(_folder["ct"], VolumeReadOptions.Default, null, cancelled.Token));
    }

    private sealed class Progress(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
