using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Randomness;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Acquisitions that are interleaved along the normal, told by their headers or by their pixels.</summary>
public sealed class SliceAlternationTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void SaveAll(Func<B, int, B> change) => _folder.SaveAll(12, change);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void InterleavedAcquisitionsAreRejected(int acquisitions)
    {
        SaveAll((slice, i) => slice.Text(0x0020_0012, "IS", $"{7 + (i % acquisitions)}"));
        string message = _folder.Rejection();
        Assert.Contains($"{acquisitions} acquisitions interleaved: AcquisitionNumber alternates along the normal (7, 8, ", message);
        Assert.Contains("Separate the images by AcquisitionNumber", message);
    }

    [Theory]
    [InlineData(0x0008_0032u, "TM", "101500.0", "102000.5", "AcquisitionTime")]
    [InlineData(0x0018_1210u, "SH", "B30f", "B70f", "ConvolutionKernel")]
    [InlineData(0x0008_0008u, "CS", "ORIGINAL\\PRIMARY\\AXIAL", "DERIVED\\PRIMARY\\AXIAL", "ImageType")]
    public void WhatTheyDifferInIsNamed(uint tag, string vr, string a, string b, string name)
    {
        SaveAll((slice, i) => slice.Text(tag, vr, i % 2 == 0 ? a : b));
        Assert.Contains($"{name} alternates", _folder.Rejection());
    }

    [Fact]
    public void NumbersOfImagesAloneAreAHint()
    {
        SaveAll((slice, i) => slice.Text(0x0020_0013, "IS", $"{(i % 2 * 6) + (i / 2)}"));
        Assert.Contains(_folder.Read().Notes,
            n => n.StartsWith("There may be 2 acquisitions interleaved: InstanceNumber", StringComparison.Ordinal));
    }

    // Rotations of one, two or four slices, one acquisition after the other, and one for all.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(100)]
    public void AcquisitionsInOrderAreNone(int slicesEach)
    {
        SaveAll((slice, i) => slice.Text(0x0020_0012, "IS", $"{i / slicesEach}").Text(0x0008_0032, "TM", $"1015{i / slicesEach:D2}"));
        Assert.Empty(_folder.Read().Notes);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(0, false)]
    public void PixelsTellWhereHeadersDoNot(float contrast, bool isNoticed)
    {
        // Noise of 12 HU, a body that changes along D from lung to liver, and every other slice of the liver enhanced.
        var (shape, random) = (new VolumeShape(30, 64, 64), new RandomStream(3));
        var voxels = new float[shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
        {
            var (d, h, w) = (i / 4096, i / 64 % 64, i % 64);
            bool isBody = Math.Sqrt(((h - 32) * (h - 32)) + ((w - 32) * (w - 32))) < 24 + (4 * Math.Sin(d / 9.0));
            bool isEnhanced = h is > 24 and < 38 && w is > 24 and < 40 && d % 2 == 1 && d >= 12;
            voxels[i] = (float)((isBody ? d < 12 ? -800 : 40 : -1000) + random.Uniform(-20, 20) + (isEnhanced ? contrast : 0));
        }

        Assert.Equal(isNoticed ? 1 : 0, SliceAlternation.Notes(shape, voxels).Count());
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(0, false)]
    public void ASeriesThatIsReadIsToldSo(int contrast, bool isNoticed)
    {
        for (int i = 0; i < 16; i++)
        {
            _folder.Save($"ct/IM{i:D3}", new B(32, 32)
                .Text(0x0008_0018, "UI", $"1.2.3.{i + 100}").Text(0x0020_0013, "IS", $"{i + 1}")
                .Text(0x0020_0032, "DS", $"-10\\-20\\{3 * i}")
                .Pixels16([.. Enumerable.Range(0, 32 * 32).Select(p => (ushort)(1040 + ((i + p) % 7) + (i % 2 * contrast)))]));
        }

        Assert.Equal(isNoticed, _folder.Read().Notes.Any(n => n.Contains("every other slice differs", StringComparison.Ordinal)));
    }
}
