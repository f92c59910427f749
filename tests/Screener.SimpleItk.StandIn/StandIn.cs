using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;

// SimpleITK's public names, as far as they are called, over a format of five lines: size, spacing, origin, direction, values.
#pragma warning disable IDE0130, IDE1006, CA1707, CA1711, SA1649
namespace itk.simple;

public sealed class PixelIDValueEnum
{
    public static readonly PixelIDValueEnum sitkFloat32 = new();
}

public sealed class VectorString : List<string>;

public sealed class VectorDouble(IEnumerable<double> values) : IEnumerable<double>
{
    public IEnumerator<double> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

public sealed class VectorUInt32(IEnumerable<uint> values) : IEnumerable<uint>
{
    public IEnumerator<uint> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

public sealed class Image : IDisposable
{
    private readonly string[] _lines;
    private GCHandle _values;

    internal Image(string file)
    {
        _lines = File.ReadAllLines(file);
        if (_lines.Length < 5)
            throw new ApplicationException("Exception thrown in SimpleITK ImageFileReader_Execute:\nsitk::ERROR: not a stand-in: " + file);
        _values = GCHandle.Alloc(Numbers(4).Select(v => (float)v).ToArray(), GCHandleType.Pinned);
    }

    public uint GetDimension() => (uint)Numbers(0).Length;

    public uint GetNumberOfComponentsPerPixel() => 1;

    public VectorUInt32 GetSize() => new(Numbers(0).Select(v => (uint)v));

    public VectorDouble GetSpacing() => new(Numbers(1));

    public VectorDouble GetOrigin() => new(Numbers(2));

    public VectorDouble GetDirection() => new(Numbers(3));

    public IntPtr GetBufferAsFloat() => _values.AddrOfPinnedObject();

    public void Dispose()
    {
        if (_values.IsAllocated)
            _values.Free();
    }

    private double[] Numbers(int line) => [.. _lines[line].Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
}

public sealed class ImageFileReader
{
    private string _file = "";

    public static string GetImageIOFromFileName(string fileName) => Path.GetExtension(fileName) is ".standin" ? "StandInImageIO" : "";

    public void SetFileName(string fileName) => _file = fileName;

    public void SetOutputPixelType(PixelIDValueEnum pixelID) => ArgumentNullException.ThrowIfNull(pixelID);

    public Image Execute() => new(_file);
}

public sealed class ImageSeriesReader
{
    private VectorString _files = [];

    public static VectorString GetGDCMSeriesIDs(string directory) =>
        Directory.GetFiles(directory, "*.standin").Length > 0 ? ["1.2.3.2"] : [];

    public static VectorString GetGDCMSeriesFileNames(string directory, string seriesID) =>
        seriesID == "1.2.3.2" ? [.. Directory.GetFiles(directory, "*.standin")] : [];

    public void SetFileNames(VectorString fileNames) => _files = fileNames;

    public void SetOutputPixelType(PixelIDValueEnum pixelID) => ArgumentNullException.ThrowIfNull(pixelID);

    public Image Execute() => new(_files[0]);
}
