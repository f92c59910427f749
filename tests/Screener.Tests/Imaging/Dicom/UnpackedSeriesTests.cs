using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Series in a compression that is not read, unpacked into a temporary folder by the programs that are installed.</summary>
public sealed class UnpackedSeriesTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gdcmconv --j2k", false)]
    [InlineData("gdcmconv --jpegls", false)]
    [InlineData("dcmcjpls", true)]
    public void AnUnpackedSeriesIsTheSameAndLeavesNothing(string command, bool zipped)
    {
        _folder.SaveAll(4, (slice, i) => slice.Text(0x0020_0052, "UI", "1.2.3.9").Pixels16(
            [.. Enumerable.Range(0, 64).Select(p => (ushort)(900 + (37 * i) + (p * p % 500)))]));
        var expected = _folder.Read(_folder["ct"]).Volume;
        foreach (string file in Directory.GetFiles(_folder["ct"]))
        {
            Directory.CreateDirectory(_folder["packed"]);
            ConverterTool.Run(command, file, _folder["packed/" + Path.GetFileName(file)]);
        }

        string path = zipped ? _folder.Zip("packed.zip", "packed") : _folder["packed"];
        Assert.Throws<CompressedPixelsException>(() => new DicomSeriesReader().Read(path, VolumeReadOptions.Default));
        var reports = new List<double>();
        var series = Reader().ReadSeries(path, VolumeReadOptions.Default, new Told(reports));
        Assert.NotNull(series.Origin()); // from the files themselves: the copies are gone
        var ct = series.Volume;
        Assert.Equal(expected.Voxels, ct.Voxels);
        Assert.Equal(expected.Grid.Affine, ct.Grid.Affine);
        Assert.Contains(ct.Notes, n => n.Contains("unpacked a copy", StringComparison.Ordinal));
        Assert.StartsWith(path, ct.Source, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["temporary"]));
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(1, reports[^1], 1e-6);
    }

    [Fact]
    public void ADamagedFileIsNamedAndLeavesNothing()
    {
        _folder.SaveAll(3);
        foreach (string file in Directory.GetFiles(_folder["ct"]))
            ConverterTool.Run("gdcmconv --j2k", file, file + ".j2k");
        foreach (string file in Directory.GetFiles(_folder["ct"]).Where(f => !f.EndsWith(".j2k", StringComparison.Ordinal)))
            File.Delete(file);
        string cut = Directory.GetFiles(_folder["ct"]).Order().Last();
        byte[] bytes = File.ReadAllBytes(cut);
        for (int i = bytes.Length - 60; i < bytes.Length - 8; i++)
            bytes[i] = 0xFF;
        File.WriteAllBytes(cut, bytes);
        var error = Assert.ThrowsAny<ScreenerException>(
            () => Reader().Read(_folder["ct"], VolumeReadOptions.Default));
        Assert.Contains(Path.GetFileName(cut), error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["temporary"]));
    }

    [Fact]
    public void AFolderForTheCopiesThatIsNotThereIsNamed()
    {
        _folder.SaveAll(3, folder: "plain");
        Directory.CreateDirectory(_folder["ct"]);
        foreach (string file in Directory.GetFiles(_folder["plain"]))
            ConverterTool.Run("gdcmconv --j2k", file, _folder["ct/" + Path.GetFileName(file)]);
        var reader = new DicomSeriesReader(convert: true) { Temporary = _folder["absent"] };
        var error = Assert.Throws<OutputException>(() => reader.Read(_folder["ct"], VolumeReadOptions.Default));
        Assert.StartsWith(_folder["absent"], error.Message);
        Assert.Contains("TMPDIR", error.Message);
    }

    private DicomSeriesReader Reader()
    {
        Directory.CreateDirectory(_folder["temporary"]);
        return new DicomSeriesReader(convert: true) { Temporary = _folder["temporary"] };
    }

    private sealed class Told(List<double> reports) : IProgress<double>
    {
        public void Report(double value)
        {
            lock (reports)
                reports.Add(value);
        }
    }
}
