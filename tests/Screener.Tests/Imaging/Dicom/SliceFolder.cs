using System.Globalization;
using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>A folder of small CT slices written by hand, 8 x 8 pixels and 3 mm apart.</summary>
internal sealed class SliceFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public const string LocalizerType = "ORIGINAL\\PRIMARY\\LOCALIZER", SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    public string FullName => _folder.FullName;

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    /// <summary>Slice i of series 1.2.3.2, with the values i + pixel - 1024 HU.</summary>
    public static B Slice(int i, double? z = null) => new B(8, 8)
        .Text(0x0008_0018, "UI", $"1.2.3.{i + 100}")
        .Text(0x0020_0013, "IS", $"{i + 1}")
        .Text(0x0020_0032, "DS", $"-10\\-20\\{(z ?? (3 * i)).ToString(CultureInfo.InvariantCulture)}")
        .Pixels16([.. Enumerable.Range(0, 64).Select(p => (ushort)(i + p))]);

    public void Save(string name, B slice) => Save(name, slice.ToBytes());

    public void Save(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], bytes);
    }

    /// <summary>Saves as many slices as asked, changed by <paramref name="change"/>.</summary>
    public void SaveAll(int count, Func<B, int, B>? change = null, string folder = "ct")
    {
        for (int i = 0; i < count; i++)
            Save($"{folder}/IM{i:D3}", change is null ? Slice(i) : change(Slice(i), i));
    }

    public string Zip(string name, string folder)
    {
        ZipFile.CreateFromDirectory(_folder[folder], _folder[name]);
        return _folder[name];
    }

    public DicomSeriesVolume Read(string? path = null, string? uid = null) =>
        new DicomSeriesReader(2).ReadSeries(path ?? FullName, new VolumeReadOptions { SeriesUid = uid },
            cancellation: TestContext.Current.CancellationToken);

    public string Rejection(string? path = null, string? uid = null) =>
        Assert.Throws<SeriesRejectedException>(() => Read(path, uid)).Message;

    public string Refusal(string? path = null) => Assert.Throws<VolumeFormatException>(() => Read(path)).Message;
}
