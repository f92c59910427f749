using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Images at one place, or with one UID: duplicates, seams of acquisitions, phases.</summary>
public sealed class RepeatedSlicesTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static B Of(B slice, int acquisition) => slice.Text(0x0020_0012, "IS", $"{acquisition}");

    [Fact]
    public void ImagesThatShareAUidAreNoDuplicates()
    {
        _folder.SaveAll(6, (slice, i) => slice.Text(0x0008_0018, "UI", i < 4 ? "1.2.3.100" : $"1.2.3.{i}"));
        var series = _folder.Read();
        Assert.Equal(6, series.Volume.Shape.Depth);
        Assert.Contains("4 images at different locations share their SOPInstanceUID", Assert.Single(series.Notes));
        Assert.Null(series.IndexOf("1.2.3.100"));
        Assert.Equal(5, series.IndexOf("1.2.3.5"));
    }

    [Fact]
    public void OneUidAtOnePlaceWithOtherPixelsIsNoDuplicate()
    {
        _folder.SaveAll(6);
        _folder.Save("ct/other", SliceFolder.Slice(2).Pixels16(new ushort[64]));
        string message = _folder.Rejection();
        Assert.Contains("two different images at the same location", message);
        Assert.Contains("so at 1 of 6 locations", message);
        Assert.Contains("Find out which of them belong", message);
    }

    [Fact]
    public void TwoAcquisitionsMayShareTheLocationWhereTheyMeet()
    {
        _folder.SaveAll(10, (slice, i) => Of(slice, i < 5 ? 2 : 3));
        _folder.Save("ct/a-later-first",
            Of(SliceFolder.Slice(4).Text(0x0008_0018, "UI", "1.2.3.999").Pixels16([.. Enumerable.Repeat((ushort)500, 64)]), 3));
        var series = _folder.Read();
        Assert.Equal(10, series.Volume.Shape.Depth);
        Assert.Equal(4 - 1024, series.Volume[4, 0, 0]);
        Assert.StartsWith("Acquisitions 2 and 3 meet at 12 mm: there the image of acquisition 2 was kept, a-later-first dropped.",
            Assert.Single(series.Notes));
    }

    [Fact]
    public void TwoPhasesOfTheSameLocationsAreRejected()
    {
        _folder.SaveAll(10, (slice, i) => Of(slice, 1));
        _folder.SaveAll(10, (slice, i) =>
            Of(slice, 2).Text(0x0008_0018, "UI", $"1.2.4.{i}").Pixels16([.. Enumerable.Repeat((ushort)i, 64)]), "ct2");
        string message = _folder.Rejection();
        Assert.Contains("so at 10 of 10 locations", message);
        Assert.Contains("(acquisitions 1 and 2)", message);
        Assert.Contains("several phases", message);
    }

    [Fact]
    public void TheSameHeightElsewhereIsNotTheSamePlace()
    {
        _folder.SaveAll(6);
        _folder.Save("ct/beside", SliceFolder.Slice(2).Text(0x0020_0032, "DS", "-12\\-20\\6"));
        Assert.Contains("2 mm apart sideways", _folder.Rejection());
    }
}
