using System.Globalization;
using System.Text;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Stored;

/// <summary>The lines of text at the start of a volume's file, as MetaImage and NRRD have them.</summary>
internal sealed class TextHeader
{
    // Headers of scanners and of ITK have some hundred bytes; Slicer adds some thousand.
    private const int MaxLength = 1 << 18;

    private readonly byte[] _bytes;
    private int _next;

    private TextHeader(string path, byte[] bytes) => (Path, _bytes) = (path, bytes);

    /// <summary>The file.</summary>
    internal string Path { get; }

    /// <summary>Where the line that is read next begins, which is where voxels begin after the last one.</summary>
    internal long Offset => _next;

    internal static TextHeader Open(string path)
    {
        byte[] bytes = InputFile.Reading(path, "a CT file", "Check the path.", () => First(path, MaxLength));
        return new TextHeader(path, bytes);
    }

    /// <summary>The first bytes of a file as text; empty where it cannot be read.</summary>
    internal static string Start(string path, int length)
    {
        try
        {
            return Encoding.Latin1.GetString(First(path, length));
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            return "";
        }
    }

    /// <summary>The next line without its end; null after the last one.</summary>
    /// <exception cref="VolumeFormatException">It has no end within the length of a header.</exception>
    internal string? Line()
    {
        if (_next == _bytes.Length)
        {
            return _bytes.Length < MaxLength
                ? null
                : throw Wrong($"more than {MaxLength} bytes of header", "a header with an end");
        }

        int end = _bytes.AsSpan(_next).IndexOf((byte)'\n');
        var line = end < 0 ? _bytes.AsSpan(_next) : _bytes.AsSpan(_next, end);
        _next = end < 0 ? _bytes.Length : _next + end + 1;
        return Encoding.UTF8.GetString(line.EndsWith("\r"u8) ? line[..^1] : line);
    }

    /// <summary>The error for a header that cannot be used.</summary>
    internal VolumeFormatException Wrong(string found, string expected, string remedy = "Convert it, for example with SimpleITK.") =>
        new(Path, found, expected, remedy);

    /// <summary>As many finite numbers, with spaces between.</summary>
    internal double[] Numbers(string name, string text, int count)
    {
        string[] parts = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                || !double.IsFinite(numbers[i]))
                throw Wrong($"{name} {text}", "finite numbers");
        }

        return parts.Length == count ? numbers : throw Wrong($"{name} {text}", $"{count} numbers");
    }

    /// <summary>The shape of three lengths along [W, H, D], and further ones that are all 1.</summary>
    internal VolumeShape Shape(string name, string text, int dimensions)
    {
        double[] lengths = Numbers(name, text, dimensions);
        if (dimensions < 3)
            throw Wrong($"a {dimensions}-D image", "a 3-D volume", "Pass a volume.");
        if (lengths.Any(l => l != Math.Floor(l) || l < 1 || l > int.MaxValue))
            throw Wrong($"{name} {text}", "a whole number of voxels along each axis");
        if (lengths.Skip(3).Any(l => l != 1))
            throw Wrong($"{name} {text}: several frames or channels", "one 3-D volume", "Split it, for example with SimpleITK.");
        var shape = new VolumeShape((int)lengths[2], (int)lengths[1], (int)lengths[0]);
        return shape.VoxelCount <= Array.MaxLength
            ? shape
            : throw Wrong($"{shape} voxels", $"at most {Array.MaxLength} voxels", "Crop or resample it first.");
    }

    /// <summary>The file beside the header that holds the voxels.</summary>
    internal string DataFile(string name)
    {
        if (name.Contains('%') || name.StartsWith("LIST", StringComparison.Ordinal))
            throw Wrong($"voxels in several files ({name})", "one file", "Join them, for example with SimpleITK.");

        // A header from elsewhere must not make voxels of whatever file it names.
        if (name.Length == 0 || name.Any(char.IsControl) || System.IO.Path.IsPathRooted(name)
            || name.Split('/', '\\').Contains(".."))
            throw Wrong($"voxels in '{name}'", "a file beside the header", "Put both into one folder and correct the name in the header.");
        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, name);
    }

    /// <summary>The affine of an origin and the steps along W, H and D, in a space whose axes may point the other way than RAS+.</summary>
    /// <param name="origin">x, y, z of the first voxel's centre.</param>
    /// <param name="steps">For each axis the step's x, y, z.</param>
    /// <param name="signs">-1 where the space's axis points to the left, to the back or to the feet.</param>
    internal Affine Affine(double[] origin, double[][] steps, (int X, int Y, int Z) signs)
    {
        var (x, y, z) = signs;
        var affine = new Affine(
            x * steps[0][0], x * steps[1][0], x * steps[2][0], x * origin[0],
            y * steps[0][1], y * steps[1][1], y * steps[2][1], y * origin[1],
            z * steps[0][2], z * steps[1][2], z * steps[2][2], z * origin[2]);
        return affine.IsInvertible
            ? affine
            : throw Wrong($"the geometry {affine}", "three independent axes", "Check the directions and spacings in the header.");
    }

    private static byte[] First(string path, int length)
    {
        using var file = InputFile.OpenHandle(path);
        byte[] bytes = new byte[(int)Math.Min(length, RandomAccess.GetLength(file))];
        int count = 0;
        for (int read; count < bytes.Length && (read = RandomAccess.Read(file, bytes.AsSpan(count), count)) > 0;)
            count += read;
        return bytes[..count];
    }
}
