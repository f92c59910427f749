using Screener.Errors;

namespace Screener.Annotations;

/// <summary>A nodule as one of the readers outlined it.</summary>
/// <param name="Reader">The reader's place in <see cref="LidcReading.Readers"/>.</param>
/// <param name="Nodule">His reading.</param>
public sealed record LidcClusterMember(int Reader, LidcNodule Nodule);

/// <summary>Readings of what is taken to be the same nodule.</summary>
/// <remarks>
/// As in the collection's Python library: readings belong together if their outlines come as close as the slice spacing,
/// also by way of a third one. Where that puts more than four readings together, the distance is lowered by tenths until
/// it does not. Nodules under 3 mm have no outline and belong to none.
/// </remarks>
/// <param name="Members">The readings, in the order of readers.</param>
public sealed record LidcCluster(IReadOnlyList<LidcClusterMember> Members)
{
    private const int MostReadings = 4;

    // What the collection's Python library gives up at.
    private const double LeastDistance = 0.1, Factor = 0.9;

    /// <summary>Puts the readers' nodules together.</summary>
    /// <param name="reading">The annotations.</param>
    /// <param name="columnMm">Distance between columns (along X), mm.</param>
    /// <param name="rowMm">Distance between rows (along Y), mm.</param>
    /// <param name="sliceMm">Distance between slices, mm.</param>
    /// <returns>In the order of their first readings.</returns>
    /// <exception cref="OptionException">A distance is not positive.</exception>
    /// <exception cref="AnnotationException">More than four readings stay together whatever the distance.</exception>
    public static IReadOnlyList<LidcCluster> Of(LidcReading reading, double columnMm, double rowMm, double sliceMm)
    {
        ArgumentNullException.ThrowIfNull(reading);
        OptionException.ThrowIfOutside(nameof(columnMm), columnMm, 1e-3, 100);
        OptionException.ThrowIfOutside(nameof(rowMm), rowMm, 1e-3, 100);
        OptionException.ThrowIfOutside(nameof(sliceMm), sliceMm, 1e-3, 100);
        var members = reading.Readers.SelectMany(
            (r, i) => r.Nodules.Where(n => n.IsOutlined).Select(n => new LidcClusterMember(i, n))).ToList();
        var clouds = members.Select(m => new Cloud(m.Nodule, columnMm, rowMm)).ToList();
        var distances = new double[members.Count, members.Count];
        for (int i = 0; i < members.Count; i++)
        {
            for (int j = 0; j < i; j++)
                distances[i, j] = clouds[i].DistanceTo(clouds[j], sliceMm);
        }

        for (double within = sliceMm; within >= LeastDistance; within *= Factor)
        {
            int[] cluster = Connect(distances, within);
            var groups = members.Select((m, i) => (Member: m, Cluster: cluster[i])).GroupBy(m => m.Cluster, m => m.Member).ToList();
            if (groups.All(g => g.Count() <= MostReadings))
                return [.. groups.Select(g => new LidcCluster([.. g]))];
        }

        throw new AnnotationException(
            reading.Source, $"more than {MostReadings} outlines that touch each other", $"at most one for each of {MostReadings} readers",
            "Readings cannot be told apart: leave this series out.");
    }

    // Single linkage: the smallest index of each connected group.
    private static int[] Connect(double[,] distances, double within)
    {
        int count = distances.GetLength(0);
        int[] root = [.. Enumerable.Range(0, count)];
        int Find(int i) => root[i] == i ? i : root[i] = Find(root[i]);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (distances[i, j] <= within)
                {
                    int a = Find(i), b = Find(j);
                    root[Math.Max(a, b)] = Math.Min(a, b);
                }
            }
        }

        return [.. Enumerable.Range(0, count).Select(Find)];
    }

    /// <summary>The points of a nodule's outlines, mm.</summary>
    private sealed class Cloud
    {
        private readonly (double X, double Y, double Z)[] _points;
        private readonly (double X, double Y, double Z) _low, _high;

        internal Cloud(LidcNodule nodule, double columnMm, double rowMm)
        {
            _points = [.. nodule.Contours.SelectMany(c => c.Points.Select(p => (p.X * columnMm, p.Y * rowMm, c.Z)))];
            _low = (_points.Min(p => p.X), _points.Min(p => p.Y), _points.Min(p => p.Z));
            _high = (_points.Max(p => p.X), _points.Max(p => p.Y), _points.Max(p => p.Z));
        }

        /// <summary>The least distance between points; infinite where boxes alone are farther apart than what matters.</summary>
        internal double DistanceTo(Cloud other, double matters)
        {
            double x = Gap(_low.X, _high.X, other._low.X, other._high.X), y = Gap(_low.Y, _high.Y, other._low.Y, other._high.Y), z = Gap(
                _low.Z, _high.Z, other._low.Z, other._high.Z);
            if ((x * x) + (y * y) + (z * z) > matters * matters)
                return double.PositiveInfinity;
            double least = double.PositiveInfinity;
            foreach (var a in _points)
            {
                foreach (var b in other._points)
                    least = Math.Min(least, ((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)) + ((a.Z - b.Z) * (a.Z - b.Z)));
            }

            return Math.Sqrt(least);
        }

        private static double Gap(double low1, double high1, double low2, double high2) => Math.Max(
            0, Math.Max(low1 - high2, low2 - high1));
    }
}
