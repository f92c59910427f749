using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Headers that other programs read though the standard does not allow them, and those that no CT can have.</summary>
public sealed class OddHeadersTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0,8\\0,7", 0.8, 0.7, "4 images: PixelSpacing (0028,0030) has decimal commas, which were read as points.")]
    [InlineData("0.8\\0.7\\", 0.8, 0.7, "4 images: PixelSpacing (0028,0030) ends in a backslash, which was ignored.")]
    [InlineData("0.8", 0.8, 0.8, "4 images: PixelSpacing (0028,0030) has one value, which was taken for rows and columns.")]
    [InlineData("0.8\\", 0.8, 0.8, "4 images: PixelSpacing (0028,0030) has one value, which was taken for rows and columns.")]
    public void OddlyWrittenNumbersAreReadAndNoted(string spacing, double rows, double columns, string note)
    {
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0028_0030, "DS", spacing));
        var series = _folder.Read();
        Assert.Equal((rows, columns), (series.Volume.Spacing.Height, series.Volume.Spacing.Width));
        Assert.Contains(note, series.Notes);
    }

    [Fact]
    public void DecimalCommasAreReadWhereverTheyAre()
    {
        _folder.SaveAll(4, (slice, i) => slice
            .Text(0x0020_0032, "DS", FormattableString.Invariant($"-10.5\\-20.25\\{2.5 * i}").Replace('.', ','))
            .Text(0x0020_0037, "DS", "1,0\\0,0\\0,0\\0,0\\1,0\\0,0").Text(0x0028_1052, "DS", "-1000,5"));
        var series = _folder.Read();
        Assert.Equal(2.5, series.Volume.Spacing.Depth);
        Assert.Equal((10.5, 20.25), (series.Volume.Grid.Affine[0, 3], series.Volume.Grid.Affine[1, 3]));
        Assert.Equal(-1000.5f, series.Volume[0, 0, 0]);
        Assert.Equal(3, series.Notes.Count);
    }

    [Theory]
    [InlineData("1,024,5")]
    [InlineData("1,0.5")]
    [InlineData("0.7mm")]
    public void WhatIsNoNumberStaysRefused(string text)
    {
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0028_0030, "DS", $"0.7\\{text}"));
        Assert.Contains($"'{text}'", _folder.Refusal());
    }

    [Fact]
    public void OnlyWhatIsMissingIsNoted()
    {
        _folder.SaveAll(4, (slice, _) => slice.Text(0x0028_1053, "DS", ""));
        var series = _folder.Read();
        Assert.Equal(-1024, series.Volume[0, 0, 0]);
        Assert.Equal("4 images lack RescaleSlope: 1 was taken.", Assert.Single(series.Notes));
    }

    [Theory]
    [InlineData(0x0028_1052u, "1e39")]
    [InlineData(0x0028_1052u, "-1e39")]
    [InlineData(0x0028_1052u, "1e300")]
    [InlineData(0x0028_1052u, "40000")]
    [InlineData(0x0028_1053u, "1e39")]
    [InlineData(0x0028_1053u, "1e300")]
    [InlineData(0x0028_1053u, "1e5")]
    [InlineData(0x0028_1053u, "-1e5")]
    [InlineData(0x0028_1053u, "1e-9")]
    public void ARescaleThatMakesNoHounsfieldUnitsIsRefusedInOneSliceToo(uint tag, string value)
    {
        _folder.SaveAll(4, (slice, i) => i == 2 ? slice.Text(tag, "DS", value) : slice);
        string message = _folder.Refusal();
        Assert.Contains("IM002", message);
        Assert.Contains("HU of", message);
    }

    [Fact]
    public void APaddingFarOutsideIsNotJudged()
    {
        // 30000 steps of 10 HU lie beyond any HU, but they are declared as padding.
        _folder.SaveAll(4, (slice, _) =>
            slice.Text(0x0028_1053, "DS", "10").Word(0x0028_0120, 30000)
                .Pixels16([.. Enumerable.Repeat((ushort)30000, 32), .. new ushort[32]]));
        Assert.Equal(-1000, _folder.Read().Volume[0, 0, 0]);
    }

    [Fact]
    public void OneSliceOfAnotherInterceptIsNoted()
    {
        _folder.SaveAll(4, (slice, i) => i == 2 ? slice.Text(0x0028_1052, "DS", "0") : slice);
        Assert.Contains("RescaleIntercept differs among the images, -1024 to 0.", _folder.Read().Notes);
    }

    [Theory]
    [InlineData(0.625, 1)]
    [InlineData(1.25, 1)]
    [InlineData(2.5, 0)]
    public void PositionsThatAreRoundedGiveTheSpacingOfTheWholeSeries(double spacing, int digits)
    {
        for (int i = 0; i < 81; i++)
            _folder.Save($"ct/{i:D3}", SliceFolder.Slice(i, Math.Round(spacing * i, digits)));
        var series = _folder.Read();
        Assert.Equal(spacing, series.Volume.Spacing.Depth, 1e-9);
        string unit = digits == 0 ? "1" : "0.1";
        Assert.Contains($"rounded to {unit} mm", Assert.Single(series.Notes));
    }

    [Fact]
    public void ASliceThatIsMissingIsNoRounding()
    {
        foreach (int i in Enumerable.Range(0, 81).Where(i => i != 40))
            _folder.Save($"ct/{i:D3}", SliceFolder.Slice(i, Math.Round(1.25 * i, 1)));
        Assert.Contains("gaps", _folder.Rejection());
    }

    [Fact]
    public void UnevenGapsNameTheFileThatHasEvenOnes()
    {
        for (int i = 0; i < 40; i++)
            _folder.Save($"ct/{i:D3}", SliceFolder.Slice(i, i < 28 ? 2.5 * i : 67.5 + (7.5 * (i - 27))));
        string message = _folder.Rejection();
        Assert.Contains("_Eq", message);
        Assert.Contains("main file is wrong", message);
    }

    [Fact]
    public void OtherRejectionsDoNotAdviseAConverterThatWouldKeepTheFault()
    {
        _folder.SaveAll(4, (slice, i) => slice.Text(0x0028_0030, "DS", i == 3 ? "0.8\\0.75" : "0.8\\0.7"));
        Assert.DoesNotContain("dcm2niix", _folder.Rejection());
    }
}
