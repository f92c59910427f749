using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Which images make a volume, on small series written by hand.</summary>
public sealed class SeriesRulesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string N(double x) => x.ToString(CultureInfo.InvariantCulture);

    // Slice i shows the value 100 i + pixel.
    private static B Slice(int i, double z, double x = -10, double y = -20) => new B(3, 4)
        .Text(0x0008_0018, "UI", $"1.2.3.{i + 100}")
        .Text(0x0020_0032, "DS", $"{N(x)}\\{N(y)}\\{N(z)}")
        .Pixels16([.. Enumerable.Range(0, 12).Select(p => (ushort)((100 * i) + p))]);

    private void Save(string name, B builder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], builder.ToBytes());
    }

    private void SaveAll(IEnumerable<B> slices)
    {
        int n = 0;
        foreach (var slice in slices)
            Save($"{n++:D3}.dcm", slice);
    }

    private DicomSeriesVolume Read(string? uid = null) =>
        new DicomSeriesReader(2).ReadSeries(
            _folder.FullName, new VolumeReadOptions { SeriesUid = uid }, cancellation: TestContext.Current.CancellationToken);

    private string Rejection() => Assert.Throws<SeriesRejectedException>(() => Read()).Message;

    [Fact]
    public void SlicesAreSortedByPositionWhateverTheirFilesAreCalled()
    {
        int[] order = [3, 0, 4, 1, 2];
        SaveAll(order.Select(i => Slice(i, 30 + (2.5 * i))));
        var series = Read();
        Assert.Equal(new VolumeShape(5, 3, 4), series.Volume.Shape);
        for (int d = 0; d < 5; d++)
        {
            Assert.Equal((100 * d) - 1024 + 7, series.Volume[d, 1, 3]);
            Assert.Equal($"1.2.3.{d + 100}", series.Slices[d].SopInstanceUid);
            Assert.Equal(30 + (2.5 * d), series.Slices[d].Z);
            Assert.Equal(d, series.IndexOf($"1.2.3.{d + 100}"));
        }

        // Row direction = patient's left = -x in RAS; PixelSpacing is row distance (H) first, then column distance (W).
        Assert.Equal(new Affine(-0.7, 0, 0, 10, 0, -0.8, 0, 20, 0, 0, 2.5, 30), series.Volume.Grid.Affine);
        Assert.Null(series.IndexOf("1.2.3.99"));
    }

    [Fact]
    public void FeetFirstDecubitusAndTurnedImagesKeepTheirHandedness()
    {
        // Row to the patient's right, column to the front: the normal still points to the head.
        SaveAll(Enumerable.Range(0, 3).Select(i => Slice(i, -2 * i).Text(0x0020_0037, "DS", "-1\\0\\0\\0\\-1\\0")));
        var a = Read().Volume;
        Assert.Equal(new Affine(0.7, 0, 0, 10, 0, 0.8, 0, 20, 0, 0, 2, -4), a.Grid.Affine);
        Assert.Equal(200 - 1024, a[0, 0, 0]);
        // Prone, feet first: rows to the left, columns to the front: the normal points to the feet.
        SaveAll(Enumerable.Range(0, 3).Select(i => Slice(i, -2 * i).Text(0x0020_0037, "DS", "1\\0\\0\\0\\-1\\0")));
        var b = Read().Volume;
        Assert.Equal(new Affine(-0.7, 0, 0, 10, 0, 0.8, 0, 20, 0, 0, -2, 0), b.Grid.Affine);
        Assert.Equal(-1024, b[0, 0, 0]);
        Assert.True(b.Grid.Affine.Determinant > 0);
    }

    [Fact]
    public void ATiltedHeadKeepsItsObliqueAxes()
    {
        double c = Math.Cos(0.1), s = Math.Sin(0.1);
        SaveAll(Enumerable.Range(0, 4).Select(
            i => Slice(i, 3 * i * c, 0, -3 * i * s).Text(
                0x0020_0037, "DS", FormattableString.Invariant($"1\\0\\0\\0\\{c:0.000000}\\{s:0.000000}"))));
        var affine = Read().Volume.Grid.Affine;
        Assert.Equal(3, affine.Spacing.Depth, 1e-5);
        Assert.Equal(-3 * s, -affine[1, 2], 1e-5);
        Assert.Equal(3 * c, affine[2, 2], 1e-5);
    }

    [Fact]
    public void RepeatedImagesAreDroppedAndNoted()
    {
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, i)));
        Save("again/copy.dcm", Slice(2, 2));
        Save("again/other-uid.dcm",
            Slice(1, 1).Text(0x0008_0018, "UI", "1.2.3.777").Pixels16([.. Enumerable.Range(0, 12).Select(p => (ushort)(101 + p))]));
        var series = Read();
        Assert.Equal(4, series.Volume.Shape.Depth);
        Assert.StartsWith("Dropped 2 of 6 images as duplicates", Assert.Single(series.Notes));
        Assert.Equal(1, series.IndexOf("1.2.3.777"));
    }

    [Fact]
    public void DifferentImagesAtOneLocationAreRejected()
    {
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, i)));
        Save("phase2.dcm",
            Slice(1, 1).Text(0x0008_0018, "UI", "1.2.3.777").Pixels16([.. Enumerable.Range(0, 12).Select(p => (ushort)(102 + p))]));
        string message = Rejection();
        Assert.Contains("two different images at the same location", message);
        Assert.Contains("up to 2 HU apart", message);
        Assert.Contains("phase2.dcm", message);
    }

    [Fact]
    public void RoundedPositionsAreUniform()
    {
        // 0.625 mm written to two digits: gaps of 0.62 and 0.63.
        SaveAll(Enumerable.Range(0, 40).Select(i => Slice(i, Math.Round(0.625 * i, 2))));
        var series = Read();
        Assert.Equal(0.625, series.Volume.Spacing.Depth, 1e-3);
        Assert.Empty(series.Notes);
    }

    [Fact]
    public void AFewOddGapsAreNotedAndManyRejected()
    {
        SaveAll(Enumerable.Range(0, 40).Select(i => Slice(i, i + (i >= 20 ? 0.2 : 0))));
        Assert.Contains("1 of 39 gaps differ from 1 mm (1.2 mm at 19 mm)", Assert.Single(Read().Notes));
        SaveAll(Enumerable.Range(0, 40).Select(i => Slice(i, i + (i >= 20 ? 0.2 : 0) + (i >= 30 ? 0.2 : 0))));
        Assert.Contains(
            "2 of 39 gaps between slices that differ from the most common, 1 mm (1.2 mm at 19 mm, 1.2 mm at 29.2 mm)", Rejection());
    }

    [Fact]
    public void AMissingSliceIsRejected()
    {
        SaveAll(Enumerable.Range(0, 60).Where(i => i != 25).Select(i => Slice(i, 2 * i)));
        Assert.Contains("missing slices: gaps of 4 mm at 48 mm", Rejection());
    }

    [Fact]
    public void GantryTiltIsRejected()
    {
        double c = Math.Cos(0.2), s = Math.Sin(0.2);
        // The table moves along z while the images are tilted: the stack is sheared.
        SaveAll(Enumerable.Range(0, 10).Select(
            i => Slice(i, 5 * i).Text(0x0018_1120, "DS", "-11.46").Text(
                0x0020_0037, "DS", FormattableString.Invariant($"1\\0\\0\\0\\{c:0.000000}\\{s:0.000000}"))));
        string message = Rejection();
        Assert.Contains("drift sideways", message);
        Assert.Contains("11.5 degrees", message);
        Assert.Contains("GantryDetectorTilt -11.5", message);
        Assert.Contains("_Tilt", message);
        Assert.Contains("main file is sheared", message);
    }

    [Fact]
    public void AShearWithoutAGantryTiltIsNoCaseForTheConverter()
    {
        double c = Math.Cos(0.2), s = Math.Sin(0.2);
        SaveAll(Enumerable.Range(0, 10).Select(i => Slice(i, 5 * i).Text(
            0x0020_0037, "DS", FormattableString.Invariant($"1\\0\\0\\0\\{c:0.000000}\\{s:0.000000}"))));
        string message = Rejection();
        Assert.Contains("drift sideways", message);
        Assert.DoesNotContain("dcm2niix", message);
    }

    [Fact]
    public void ATiltThatTheGeometryDoesNotShowIsRejected()
    {
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, i).Text(0x0018_1120, "DS", "15")));
        Assert.Contains("GantryDetectorTilt of 15 degrees", Rejection());
    }

    public static TheoryData<string, string> OneOddSlice => new()
    {
        { "orientation", "1 of 5 slices with another orientation" },
        { "size", "images of 3 x 4 (4), 4 x 4 (1) pixels" },
        { "spacing", "pixel spacing from 0.7 to 0.72 mm" },
        { "enhanced", "a multi-frame image (Enhanced CT Image Storage, 30 frames)" },
        { "frames", "a multi-frame image (CT Image Storage, 2 frames)" },
        { "no position", "no ImagePositionPatient in" },
        { "no orientation", "no ImageOrientationPatient in" },
        { "no spacing", "no PixelSpacing in" },
        { "zero spacing", "PixelSpacing 0\\0.7 in" },
    };

    [Theory]
    [MemberData(nameof(OneOddSlice))]
    public void OneOddSliceRejectsTheSeries(string what, string reason)
    {
        var odd = Slice(4, 4);
        _ = what switch
        {
            "orientation" => odd.Text(0x0020_0037, "DS", "0.99\\0.14\\0\\-0.14\\0.99\\0"),
            "size" => odd.Word(0x0028_0010, 4).Pixels16(new ushort[16]),
            "spacing" => odd.Text(0x0028_0030, "DS", "0.8\\0.72"),
            "enhanced" => odd.Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2.1").Text(0x0028_0008, "IS", "30"),
            "frames" => odd.Text(0x0028_0008, "IS", "2"),
            "no position" => odd.Remove(0x0020_0032),
            "no orientation" => odd.Remove(0x0020_0037),
            "no spacing" => odd.Remove(0x0028_0030),
            _ => odd.Text(0x0028_0030, "DS", "0\\0.7"),
        };
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, i)).Append(odd));
        Assert.Contains(reason, Rejection());
    }

    [Theory]
    [InlineData("0\\1\\0\\0\\0\\-1")]
    [InlineData("1\\0\\0\\0\\0\\-1")]
    public void SagittalAndCoronalSeriesAreRejected(string orientation)
    {
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, 0, i, i).Text(0x0020_0037, "DS", orientation)));
        Assert.Contains("expected axial slices", Rejection());
    }

    [Theory]
    [InlineData("1\\0\\0\\1\\0\\0")]
    [InlineData("2\\0\\0\\0\\1\\0")]
    [InlineData("0\\0\\0\\0\\0\\0")]
    public void ImpossibleOrientationsAreRejected(string orientation)
    {
        SaveAll(Enumerable.Range(0, 4).Select(i => Slice(i, i).Text(0x0020_0037, "DS", orientation)));
        Assert.Contains("two perpendicular directions", Rejection());
    }

    [Fact]
    public void OneSliceIsAsThickAsItSays()
    {
        SaveAll([Slice(0, 0)]);
        Assert.Contains("1 slice of unknown thickness; expected a SliceThickness, or at least 2 slices", Rejection());
        SaveAll([Slice(0, 0).Text(0x0018_0050, "DS", "2.5")]);
        var series = Read();
        Assert.Equal((1, 2.5), (series.Volume.Shape.Depth, series.Volume.Spacing.Depth));
        Assert.Contains("One slice: it was taken as 2.5 mm thick", Assert.Single(series.Notes));
    }

    [Fact]
    public void ScaleAndPaddingThatWereAssumedAreNoted()
    {
        SaveAll(Enumerable.Range(0, 3).Select(i => Slice(i, i).Remove(0x0028_1053).Text(0x0028_1052, "DS", "0").Word(0x0028_0120, 0)));
        var series = Read();
        Assert.Contains("3 images lack RescaleSlope: 1 was taken.", series.Notes);
        Assert.DoesNotContain(series.Notes, n => n.Contains("lack RescaleIntercept"));
        Assert.Contains(series.Notes, n => n.Contains("PixelPaddingValue (stored 0)"));
        Assert.Equal(0, series.Volume[0, 0, 0]);
    }
}
