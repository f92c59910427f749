using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Annotations;

/// <summary>A nodule as LUNA16 gives it.</summary>
/// <param name="X">Its middle in the world of ITK, mm to the left.</param>
/// <param name="Y">Its middle in the world of ITK, mm to the back.</param>
/// <param name="Z">Its middle in the world of ITK, mm to the head.</param>
/// <param name="DiameterMm">Its mean diameter, mm.</param>
public readonly record struct NoduleBall(double X, double Y, double Z, double DiameterMm);

/// <summary>LUNA16's <c>annotations.csv</c>: nodules of 3 mm and more that at least three of four readers outlined.</summary>
public static class NoduleBalls
{
    private const string Header = "seriesuid,coordX,coordY,coordZ,diameter_mm";

    // A lung is no wider, and no scanner's world reaches farther.
    private const double LargestDiameterMm = 300;

    private const double FarthestMm = 10_000;

    /// <summary>Reads a table.</summary>
    /// <returns>The nodules of each series, in the file's order.</returns>
    /// <exception cref="MissingInputException">It is not there or cannot be read.</exception>
    /// <exception cref="AnnotationException">It is another table, or damaged; the message names the line.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<NoduleBall>> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text = InputFile.Reading(
            path, "LUNA16's annotations.csv", "Check the path and its permissions.", () => InputFile.ReadAllText(path));
        var bySeries = new Dictionary<string, List<NoduleBall>>(StringComparer.Ordinal);
        int number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (number == 1 && !line.Trim().Equals(Header, StringComparison.OrdinalIgnoreCase))
                throw Damaged(path, "another first line", Header);
            if (number == 1 || line.IsWhiteSpace())
                continue;
            var (uid, ball) = Row(line) ?? throw Damaged(
                path, $"line {number}, which is no nodule",
                $"a series and four numbers, the diameter above 0 and at most {LargestDiameterMm} mm");
            if (!bySeries.TryAdd(uid, [ball]))
                bySeries[uid].Add(ball);
        }

        if (number == 0)
            throw Damaged(path, "an empty file", Header);
        return bySeries.ToDictionary(s => s.Key, s => (IReadOnlyList<NoduleBall>)s.Value, StringComparer.Ordinal);
    }

    /// <summary>
    /// The voxels whose middles lie in a ball; of a ball between them the nearest. The outline itself is not published, so that a
    /// mask of balls is a little larger than what readers drew where nodules are not round.
    /// </summary>
    /// <param name="balls">The nodules of a series.</param>
    /// <param name="grid">The grid of its CT, whose world is to the right, to the front and to the head.</param>
    /// <returns>The mask, and how many balls have their middle outside of the grid and are left out.</returns>
    public static (LesionMask Mask, int Elsewhere) Draw(IReadOnlyList<NoduleBall> balls, VolumeGrid grid)
    {
        ArgumentNullException.ThrowIfNull(balls);
        ArgumentNullException.ThrowIfNull(grid);
        var (shape, affine) = (grid.Shape, grid.Affine);
        var inverse = affine.Inverse();
        byte[] mask = new byte[shape.CheckedLength()];
        int elsewhere = 0;
        foreach (var ball in balls)
        {
            // ITK's world is to the left and to the back. The inverse takes (x, y, z) for (w, h, d) and gives voxels in that order.
            var (x, y, z) = (-ball.X, -ball.Y, ball.Z);
            double radius = ball.DiameterMm / 2;
            var (w0, h0, d0) = inverse.ToWorld(z, y, x);
            if (!shape.Contains(Nearest(d0), Nearest(h0), Nearest(w0)))
            {
                elsewhere++;
                continue;
            }

            mask[shape.Index(Nearest(d0), Nearest(h0), Nearest(w0))] = 1;
            var ((firstD, lastD), (firstH, lastH), (firstW, lastW)) = (
                Reach(d0, 2, shape.Depth), Reach(h0, 1, shape.Height), Reach(w0, 0, shape.Width));
            for (int d = firstD; d <= lastD; d++)
            {
                for (int h = firstH; h <= lastH; h++)
                {
                    for (int w = firstW; w <= lastW; w++)
                    {
                        var (vx, vy, vz) = affine.ToWorld(d, h, w);
                        double distance = ((vx - x) * (vx - x)) + ((vy - y) * (vy - y)) + ((vz - z) * (vz - z));
                        if (distance <= radius * radius)
                            mask[shape.Index(d, h, w)] = 1;
                    }
                }
            }

            // The indices that the ball touches along an axis: no farther than the row of the inverse is long.
            (int First, int Last) Reach(double middle, int row, int size)
            {
                double reach = radius * Math.Sqrt(
                    (inverse[row, 0] * inverse[row, 0]) + (inverse[row, 1] * inverse[row, 1]) + (inverse[row, 2] * inverse[row, 2]));
                return (Math.Max(0, (int)Math.Floor(middle - reach)), Math.Min(size - 1, (int)Math.Ceiling(middle + reach)));
            }
        }

        return (new LesionMask(grid, mask), elsewhere);

        static int Nearest(double index) => (int)Math.Round(index);
    }

    private static (string Uid, NoduleBall Ball)? Row(ReadOnlySpan<char> line)
    {
        Span<Range> fields = stackalloc Range[6];
        if (line.Split(fields, ',') != 5)
            return null;
        Span<double> numbers = stackalloc double[4];
        for (int i = 0; i < 4; i++)
        {
            if (!double.TryParse(line[fields[i + 1]].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                || !(Math.Abs(numbers[i]) <= FarthestMm))
                return null;
        }

        string uid = line[fields[0]].Trim().ToString();
        return uid.Length > 0 && numbers[3] > 0 && numbers[3] <= LargestDiameterMm
            ? (uid, new NoduleBall(numbers[0], numbers[1], numbers[2], numbers[3]))
            : null;
    }

    private static AnnotationException Damaged(string path, string found, string expected) => new(
        path, found, expected, "Fetch annotations.csv of LUNA16 again.");
}
