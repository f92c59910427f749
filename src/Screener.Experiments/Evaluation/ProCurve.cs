namespace Screener.Evaluation;

/// <summary>A point of a PRO curve.</summary>
/// <param name="Fpr">Fraction of the voxels outside lesions whose score is at least <paramref name="Threshold"/>.</param>
/// <param name="Pro">Per-region overlap: mean over the lesions of the fraction whose score is at least
/// <paramref name="Threshold"/>.</param>
/// <param name="Threshold">The score; +inf at the first point.</param>
public readonly record struct ProPoint(double Fpr, double Pro, double Threshold);

/// <summary>Mean fraction of the lesions found against false-positive rate (Bergmann et al., IJCV 2021), from (0, 0) to (1, 1).</summary>
/// <param name="Points">Points of the exact curve, thinned for plotting, thresholds falling.</param>
public sealed record ProCurve(IReadOnlyList<ProPoint> Points)
{
    internal static ProCurve From(List<CurveVertex> vertices)
    {
        var points = new ProPoint[vertices.Count];
        for (int i = 0; i < points.Length; i++)
            points[i] = new(vertices[i].Fpr, vertices[i].Pro, i == 0 ? double.PositiveInfinity : ScoreKey.ToScore(vertices[i].Key));
        return new(points);
    }
}
