using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Which files of a folder are the series: on CDs, among scouts and reports, under odd UIDs and SOP classes.</summary>
public sealed class SeriesFilesTests : IDisposable
{
    private const string DoseReport = "1.2.840.10008.5.1.4.1.1.88.67";

    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Index =>
        [.. new byte[128], .. "DICM"u8, .. new B().Header(0x0002_0002, "UI", 20, "1.2.840.10008.1.3.10"u8.ToArray())];

    [Fact]
    public void ACdIsRecognisedThoughItsViewerSortsFirst()
    {
        for (int i = 0; i < 250; i++)
            _folder.Save($"AUTORUN/help/page{i:D3}.html", "<html>viewer help</html>"u8.ToArray());
        _folder.SaveAll(4, folder: "S0000001");
        Assert.True(new DicomSeriesReader().CanRead(_folder.FullName));
        Assert.Equal(4, new VolumeReaders(new DicomSeriesReader()).Read(_folder.FullName).Shape.Depth);
    }

    [Fact]
    public void ADicomDirStandsForItsFolder()
    {
        _folder.SaveAll(4, folder: "DICOM/P0/S0");
        _folder.Save("DICOMDIR", Index);
        Assert.True(new DicomSeriesReader().CanRead(_folder["DICOMDIR"]));
        Assert.True(DicomSeriesReader.IsContainer(_folder["DICOMDIR"]));
        Assert.Equal(4, _folder.Read(_folder["DICOMDIR"]).Volume.Shape.Depth);
        Directory.Delete(_folder["DICOM"], true);
        Assert.Contains("a DICOMDIR, which is only an index",
            Assert.Throws<MissingInputException>(() => _folder.Read(_folder["DICOMDIR"])).Message);
    }

    [Fact]
    public void ScoutsAndReportsAreLeftOutAndNamed()
    {
        _folder.SaveAll(12);
        _folder.Save("ct/scout",
            SliceFolder.Slice(20, 7).Text(0x0008_0008, "CS", SliceFolder.LocalizerType).Word(0x0028_0010, 4).Pixels16(new ushort[32]));
        _folder.Save("ct/sideways", SliceFolder.Slice(21, 7).Text(0x0020_0037, "DS", "0\\1\\0\\0\\0\\-1"));
        _folder.Save("ct/protocol",
            SliceFolder.Slice(22).Remove(0x0020_0032).Remove(0x0020_0037).Text(0x0008_0008, "CS", "DERIVED\\SECONDARY\\OTHER"));
        _folder.Save("ct/page",
            SliceFolder.Slice(23).Remove(0x0020_0032).Remove(0x0020_0037).Word(0x0028_0010, 4).Pixels16(new ushort[32]));
        _folder.Save("ct/capture", SliceFolder.Slice(24).Text(0x0008_0016, "UI", SliceFolder.SecondaryCapture));
        _folder.Save("ct/dose",
            SliceFolder.Slice(25).Text(0x0008_0016, "UI", DoseReport).Text(0x0008_0060, "CS", "SR").Remove(0x7FE0_0010));
        var series = _folder.Read();
        Assert.Equal(12, series.Volume.Shape.Depth);
        Assert.Contains(series.Notes, n => n.Contains("2 of 16 images that are localizers (scouts): scout, sideways"));
        Assert.Contains(series.Notes, n => n.Contains("2 of 16 images that are pages of text or captures of a screen: page, protocol"));
        Assert.Contains(series.Notes,
            n => n.Contains("2 files") && n.Contains("capture, Secondary Capture Image Storage")
                && n.Contains("dose, X-Ray Radiation Dose SR Storage"));
    }

    [Fact]
    public void ASliceWithoutAPositionIsNoReport()
    {
        _folder.SaveAll(4, (slice, i) => i == 2 ? slice.Remove(0x0020_0032).Remove(0x0020_0037) : slice);
        Assert.Contains("no ImagePositionPatient in", _folder.Rejection());
    }

    [Fact]
    public void SecondaryCapturesAreNamedWithWhatToDo()
    {
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0008_0016, "UI", SliceFolder.SecondaryCapture));
        foreach (string message in (string[])[_folder.Rejection(), _folder.Rejection(uid: "1.2.3.2"),
            _folder.Rejection(_folder["ct/IM001"])])
        {
            Assert.Contains("Secondary Capture Image Storage (1.2.840.10008.5.1.4.1.1.7)", message);
            Assert.Contains("fetch the original CT series", message);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage")]
    [InlineData("1.2.3.4.5", "SOP class 1.2.3.4.5")]
    public void OtherClassesAreNamed(string uid, string name)
    {
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0008_0016, "UI", uid));
        Assert.Contains($"4 slices of {name}", _folder.Rejection());
    }

    [Fact]
    public void ACtImageWithoutAModalityIsOne()
    {
        _folder.SaveAll(4, (slice, _) => slice.Remove(0x0008_0060));
        Assert.Equal(4, _folder.Read().Volume.Shape.Depth);
    }

    [Fact]
    public void OneUidPerSliceIsSaidAndJoinedOnRequest()
    {
        _folder.SaveAll(4, (slice, i) => slice.Text(0x0020_000E, "UI", $"1.2.3.{i}"));
        foreach (string message in (string[])[_folder.Rejection(), _folder.Rejection(_folder["ct/IM001"])])
        {
            Assert.Contains("4 CT images, each with a SeriesInstanceUID of its own", message);
            Assert.Contains("--series all", message);
        }

        var series = _folder.Read(uid: VolumeReadOptions.AllSeries);
        Assert.Equal(4, series.Volume.Shape.Depth);
        Assert.Equal("The images of 4 series were read as one, as asked.", Assert.Single(series.Notes));
        Assert.Equal(4, series.Series.SliceCount);
    }

    [Theory]
    [InlineData(0x0020_000Du, "2 studies")]
    [InlineData(0x0010_0020u, "2 patients")]
    [InlineData(0x0020_0052u, "2 frames of reference")]
    public void WhatIsNotOneScanIsNotJoined(uint tag, string what)
    {
        _folder.SaveAll(4, (slice, i) => slice.Text(0x0020_000E, "UI", $"1.2.3.{i}").Text(tag, "UI", i < 2 ? "1.2" : "1.3"));
        Assert.Contains(what, _folder.Rejection(uid: VolumeReadOptions.AllSeries));
    }

    [Fact]
    public void SeveralSeriesNameTheOptionOfTheCommandLine()
    {
        _folder.SaveAll(4, folder: "a");
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0020_000E, "UI", "1.2.3.3"), "b");
        string message = _folder.Rejection();
        Assert.Contains("--series", message);
        Assert.DoesNotContain("SeriesUid", message);
        var error = Assert.Throws<OptionException>(() => _folder.Read(uid: "1.2.9"));
        Assert.StartsWith("--series: 1.2.9, which is not in", error.Message);
    }

    [Fact]
    public void ManySeriesDoNotMakeAMessageThatNobodyReads()
    {
        for (int i = 0; i < 60; i++)
            _folder.SaveAll(2, (slice, _) => slice.Text(0x0020_000E, "UI", $"1.2.3.{i}").Text(0x0008_103E, "LO", new string('x', 10_000)),
                $"s{i}");
        string message = _folder.Rejection();
        Assert.Contains("and 40 more", message);
        Assert.True(message.Length < 5000);
    }
}
