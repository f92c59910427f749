using System.Globalization;
using System.Security.Cryptography;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Inference;
using Screener.Storage;
using Screener.Tests.Imaging.Dicom;
using Screener.Tests.Training;

namespace Screener.Tests.Studies;

/// <summary>Small CTs that are screened in a fraction of a second.</summary>
internal static class SmallStudies
{
    private const int Pixels = 32;
    private const double PixelMm = 4, HeightMm = 96;

    private static readonly Lazy<byte[]> Model = new(() =>
    {
        using var folder = new TemporaryFolder();
        using var model = TinyTraining.Model();
        model.Save(folder["m.screener"]);
        return File.ReadAllBytes(folder["m.screener"]);
    });

    /// <summary>Writes a model.</summary>
    internal static string WriteModel(TemporaryFolder folder)
    {
        File.WriteAllBytes(folder["m.screener"], Model.Value);
        return folder["m.screener"];
    }

    /// <summary>A ball with a denser half; another seed gives another one.</summary>
    internal static CtVolume Ball(int seed, double step = 4)
    {
        var shape = new VolumeShape((int)(HeightMm / step), Pixels, Pixels);
        var voxels = new float[shape.CheckedLength()];
        for (int d = 0, i = 0; d < shape.Depth; d++)
        {
            for (int p = 0; p < Pixels * Pixels; p++)
                voxels[i++] = Hu(seed, d * step, p);
        }

        return new CtVolume(new VolumeGrid(shape, Affine.Canonical(new(step, PixelMm, PixelMm))), voxels);
    }

    internal static void WriteBall(string path, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        NiftiWriter.Write(path, Ball(seed));
    }

    /// <summary>Writes a series with that ball, some slices of it.</summary>
    internal static void WriteSeries(
        string folder, int seed, string study, string series, double step, int? slices = null, string patient = "SECRET-7",
        Action<DicomFileBuilder, int>? change = null)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < (slices ?? (int)(HeightMm / step)); i++)
        {
            var slice = new DicomFileBuilder(Pixels, Pixels)
                .Text(0x0008_0018, "UI", $"{series}.{i + 1}").Text(0x0010_0010, "PN", "Doe^Jane").Text(0x0010_0020, "LO", patient)
                .Text(0x0020_000D, "UI", study).Text(0x0020_000E, "UI", series).Text(0x0020_0013, "IS", $"{i + 1}")
                .Text(0x0020_0032, "DS", FormattableString.Invariant($"-60\\-60\\{i * step}"))
                .Text(0x0028_0030, "DS", PixelMm.ToString(CultureInfo.InvariantCulture) + "\\4")
                .Pixels16([.. Enumerable.Range(0, Pixels * Pixels).Select(p => (ushort)(Hu(seed, i * step, p) + 1024))]);
            change?.Invoke(slice, i);
            File.WriteAllBytes(Path.Combine(folder, $"{series.Split('.')[^1]}-{i:D3}.dcm"), slice.ToBytes());
        }
    }

    /// <summary>Every file of a folder with a checksum.</summary>
    internal static SortedDictionary<string, string> Sums(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            f => Path.GetRelativePath(folder, f), f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f)))),
        StringComparer.Ordinal);

    private static float Hu(int seed, double z, int pixel)
    {
        double x = ((pixel % Pixels) - 15) * PixelMm, y = ((pixel / Pixels) - 15) * PixelMm, up = z - 46;
        return (x * x) + (y * y) + (up * up) < 42 * 42
            ? (float)Math.Round((y > 4 ? 150 : 40) + (30 * Math.Sin((x / 6) + seed)) + (10 * Math.Cos((up / 9) + (2 * seed)))) : -1000;
    }
}
