using System.Runtime.InteropServices;
using Screener.Errors;

namespace Screener.Imaging.SimpleItk;

/// <summary>
/// Reads by SimpleITK what no reader of ours reads: VTK, Analyze, HDF5, and DICOM in JPEG 2000 or JPEG-LS. SimpleITK is not part of
/// Screener: <see cref="Variable"/> names the folder in which it was unpacked.
/// </summary>
/// <remarks>
/// SimpleITK's world is LPS, ours RAS. HU are those that it makes of a series' rescale. What our own DICOM reader checks (missing slices,
/// duplicates, tilt) is not checked; a note says so.
/// </remarks>
/// <param name="folder">Where SimpleITKCSharpManaged.dll and its native library are.</param>
public sealed class SimpleItkReader(string folder) : IVolumeReader
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "SCREENER_SIMPLEITK";

    /// <inheritdoc/>
    public string Name => "anything that SimpleITK reads";

    /// <summary>A reader if <see cref="Variable"/> is set, otherwise none.</summary>
    public static IReadOnlyList<IVolumeReader> FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? [new SimpleItkReader(folder)] : [];

    /// <inheritdoc/>
    /// <exception cref="MissingInputException">SimpleITK is not in the folder.</exception>
    public bool CanRead(string path)
    {
        var library = SimpleItkLibrary.Load(folder);
        try
        {
            return Directory.Exists(path)
                ? Texts(library.Call("ImageSeriesReader", "GetGDCMSeriesIDs", path)).Count > 0
                : Text(library.Call("ImageFileReader", "GetImageIOFromFileName", path)).Length > 0;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var library = SimpleItkLibrary.Load(folder);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            // A DICOM file stands for its series, as with our own reader.
            if (!Directory.Exists(path) && Text(library.Call("ImageFileReader", "GetImageIOFromFileName", path)) == "GDCMImageIO")
                path = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return Directory.Exists(path) ? ReadSeries(library, path, options) : ReadFile(library, path);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new VolumeFormatException(
                path, $"SimpleITK cannot read it ({e.Message.Trim().Split('\n')[^1]})", "a CT volume",
                "Check the file with its own tools.", e);
        }
    }

    private static CtVolume ReadFile(SimpleItkLibrary library, string path)
    {
        dynamic reader = library.New("ImageFileReader");
        reader.SetFileName(path);
        return Volume(library, reader, path, (string[])["SimpleITK read it."]);
    }

    private static CtVolume ReadSeries(SimpleItkLibrary library, string path, VolumeReadOptions options)
    {
        var series = Texts(library.Call("ImageSeriesReader", "GetGDCMSeriesIDs", path));
        string? uid = options.SeriesUid ?? (series.Count == 1 ? series[0] : null);
        if (uid is null || !series.Contains(uid))
            throw new SeriesRejectedException(
                path, uid is null ? $"{series.Count} DICOM series" : $"no series {uid}", "one series",
                $"Pick one with {VolumeReadOptions.SeriesOption}: {string.Join(", ", series.Take(20))}.");
        dynamic names = library.Call("ImageSeriesReader", "GetGDCMSeriesFileNames", path, uid);
        dynamic reader = library.New("ImageSeriesReader");
        reader.SetFileNames(names);
        return Volume(
            library, reader, $"{path}, series {uid}",
            (string[])["SimpleITK read it: missing slices, duplicates and a tilted gantry are not looked for."]);
    }

    private static CtVolume Volume(SimpleItkLibrary library, dynamic reader, string source, string[] notes)
    {
        reader.SetOutputPixelType((dynamic)library.PixelType("sitkFloat32"));
        using var image = (IDisposable)reader.Execute();
        dynamic values = image;
        uint dimension = values.GetDimension(), channels = values.GetNumberOfComponentsPerPixel();
        if (dimension != 3 || channels != 1)
            throw new VolumeFormatException(
                source, $"an image of {dimension} dimensions and {channels} numbers a voxel", "a volume of one number a voxel",
                "Pick another.");
        var size = Numbers((object)values.GetSize());
        var shape = new VolumeShape((int)size[2], (int)size[1], (int)size[0]);
        var grid = new VolumeGrid(
            shape, AffineOf(
                Numbers((object)values.GetSpacing()), Numbers((object)values.GetOrigin()), Numbers((object)values.GetDirection())));
        PatientGrid.Require(grid, source);
        var hu = new float[shape.CheckedLength()];
        Marshal.Copy((IntPtr)values.GetBufferAsFloat(), hu, 0, hu.Length);
        for (int i = 0; i < hu.Length; i++)
        {
            if (float.IsNaN(hu[i]))
                hu[i] = Stored.StoredVolume.Air;
            else if (!float.IsFinite(hu[i]))
                throw new VolumeFormatException(source, $"a voxel of {hu[i]} HU", "finite HU", "Check how the file was made.");
        }

        return new CtVolume(grid, hu, source) { Notes = notes };
    }

    /// <summary>From SimpleITK's LPS, in which column c of the direction belongs to axis c, W first, to RAS.</summary>
    internal static Affine AffineOf(IReadOnlyList<double> spacing, IReadOnlyList<double> origin, IReadOnlyList<double> direction)
    {
        double[] sign = [-1, -1, 1];
        double At(int row, int axis) => sign[row] * direction[(3 * row) + axis] * spacing[axis];
        return new Affine(
            At(0, 0), At(0, 1), At(0, 2), sign[0] * origin[0], At(1, 0), At(1, 1), At(1, 2), sign[1] * origin[1], At(2, 0), At(2, 1),
            At(2, 2), sign[2] * origin[2]);
    }

    // What SimpleITK says of a file is an ApplicationException.
    private static bool IsRefusal(Exception e) => e is ApplicationException;

    private static string Text(object value) => (string)value;

    private static IReadOnlyList<string> Texts(object values) => [.. ((System.Collections.IEnumerable)values).Cast<string>()];

    private static IReadOnlyList<double> Numbers(object values) =>
        [.. ((System.Collections.IEnumerable)values).Cast<object>().Select(v => Convert.ToDouble(v, null))];
}
