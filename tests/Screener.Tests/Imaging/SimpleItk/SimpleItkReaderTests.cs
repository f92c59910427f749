using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.SimpleItk;
using Screener.Randomness;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Tests.Imaging.SimpleItk;

/// <summary>The reader over an assembly of SimpleITK's name and public types, which stands for the real one.</summary>
public sealed class SimpleItkReaderTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PlacesAreThoseOfLpsDirectionsForAnyTurnAndMirror()
    {
        var random = new RandomStream(5);
        for (int n = 0; n < 20; n++)
        {
            double[] direction = Turned(random), spacing = [1.5, 2.25, 4], origin = [-120.5, 33, 700.25];
            string file = Write($"v{n}.standin", direction, spacing, origin);
            var ct = Reader().Read(file, VolumeReadOptions.Default);
            Assert.Equal(new VolumeShape(4, 3, 2), ct.Shape);
            for (int d = 0, i = 0; d < 4; d++)
            {
                for (int h = 0; h < 3; h++)
                {
                    for (int w = 0; w < 2; w++, i++)
                    {
                        // The definition: origin + direction x (spacing x index), to the left, to the back and up.
                        double[] step = [w * spacing[0], h * spacing[1], d * spacing[2]];
                        double Lps(int row) => origin[row] + Enumerable.Range(0, 3).Sum(c => direction[(3 * row) + c] * step[c]);
                        var (x, y, z) = World(ct.Grid.Affine, w, h, d);
                        Assert.Equal(-Lps(0), x, 1e-9);
                        Assert.Equal(-Lps(1), y, 1e-9);
                        Assert.Equal(Lps(2), z, 1e-9);
                        Assert.Equal(10 * i, ct.Voxels[i]);
                    }
                }
            }
        }
    }

    [Fact]
    public void ASeriesWhosePixelsWeDoNotReadGoesToIt()
    {
        _folder.SaveAll(3, folder: "plain");
        string path = Directory.CreateDirectory(_folder["ct"]).FullName;
        foreach (string file in Directory.GetFiles(_folder["plain"]))
            ConverterTool.Run("gdcmconv --j2k", file, Path.Combine(path, Path.GetFileName(file)));
        var refused = Assert.Throws<CompressedPixelsException>(() => new VolumeReaders(new DicomSeriesReader()).Read(path));
        Assert.Contains("JPEG 2000", refused.Message);
        Assert.Contains("--convert", refused.Message);

        Write("ct/series.standin", [1, 0, 0, 0, 1, 0, 0, 0, 1], [20, 20, 20], [0, 0, 0]);
        var readers = new VolumeReaders(new DicomSeriesReader(), Reader());
        var ct = readers.Read(path);
        Assert.Equal(230, ct.Voxels[^1]);
        Assert.Contains(ct.Notes, n => n.Contains("missing slices", StringComparison.Ordinal));
        var other = Assert.Throws<SeriesRejectedException>(() => Reader().Read(path, new VolumeReadOptions { SeriesUid = "1.9" }));
        Assert.Contains("1.2.3.2", other.Message);
    }

    [Fact]
    public void ItIsAskedLastAndOnlyWhereItIsNamed()
    {
        Assert.False(Reader().CanRead(_folder["nothing.vtk"]));
        var missing = Assert.Throws<MissingInputException>(() => new SimpleItkReader(_folder["nowhere"]).CanRead(_folder["a.vtk"]));
        Assert.Contains("SimpleITKCSharpManaged.dll", missing.Message);
        Assert.Contains(SimpleItkReader.Variable, missing.Message);
        _folder.Save("damaged.standin", [1]);
        var damaged = Assert.Throws<VolumeFormatException>(() => Reader().Read(_folder["damaged.standin"], VolumeReadOptions.Default));
        Assert.Contains("SimpleITK cannot read it", damaged.Message);
    }

    [Fact]
    public void MicrometresAndInfinitiesAreRefusedAsByEveryReader()
    {
        string file = Write("um.standin", [1, 0, 0, 0, 1, 0, 0, 0, 1], [0.001, 0.001, 0.001], [0, 0, 0]);
        Assert.Contains("spacing", Assert.Throws<VolumeFormatException>(() => Reader().Read(file, VolumeReadOptions.Default)).Message);
        file = Write("flat.standin", [1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 1, 1], [0, 0, 0], "Infinity");
        Assert.Contains("finite", Assert.Throws<VolumeFormatException>(() => Reader().Read(file, VolumeReadOptions.Default)).Message);
    }

    private static SimpleItkReader Reader()
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        return new SimpleItkReader(
            Path.Combine(RepositoryFolder.Find(), "tests", "Screener.SimpleItk.StandIn", "bin", configuration, "net10.0"));
    }

    private string Write(string name, double[] direction, double[] spacing, double[] origin, string first = "0")
    {
        string Line(IEnumerable<double> numbers) =>
            string.Join(' ', numbers.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
        string values = first + " " + Line(Enumerable.Range(1, 23).Select(i => 10.0 * i));
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllLines(_folder[name], [Line([2, 3, 4]), Line(spacing), Line(origin), Line(direction), values]);
        return _folder[name];
    }

    private static (double X, double Y, double Z) World(Affine a, int w, int h, int d) => (
        (a.M00 * w) + (a.M01 * h) + (a.M02 * d) + a.M03, (a.M10 * w) + (a.M11 * h) + (a.M12 * d) + a.M13,
        (a.M20 * w) + (a.M21 * h) + (a.M22 * d) + a.M23);

    // A random rotation by a unit quaternion, and half of the time mirrored.
    private static double[] Turned(RandomStream random)
    {
        double[] q = [random.NextGaussian(), random.NextGaussian(), random.NextGaussian(), random.NextGaussian()];
        double length = Math.Sqrt(q.Sum(v => v * v));
        var (a, b, c, d) = (q[0] / length, q[1] / length, q[2] / length, q[3] / length);
        double mirror = random.Chance(0.5) ? -1 : 1;
        return [
            mirror * (1 - (2 * ((c * c) + (d * d)))), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)),
            mirror * 2 * ((b * c) + (a * d)), 1 - (2 * ((b * b) + (d * d))), 2 * ((c * d) - (a * b)),
            mirror * 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), 1 - (2 * ((b * b) + (c * c)))];
    }
}
