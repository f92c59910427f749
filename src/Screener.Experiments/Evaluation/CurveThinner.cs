namespace Screener.Evaluation;

/// <summary>
/// Keeps a bounded number of the points of a rising curve, spread evenly along it. The first and the last stay, and so do both ends of
/// every long step.
/// </summary>
internal sealed class CurveThinner(int maxPoints)
{
    // A point is kept when the curve has moved on by this much in its three coordinates together, which rise by 1 each.
    // The point before may be kept with it, hence the 2.
    private readonly double _stride = 3.0 / ((maxPoints / 2) - 1);
    private CurveVertex _previous;
    private bool _previousKept;

    internal List<CurveVertex> Points { get; } = [];

    internal void Add(double fpr, double tpr, double pro, uint key, bool isEnd)
    {
        var vertex = new CurveVertex(fpr, tpr, pro, key);
        bool keep = isEnd || vertex.Path - Points[^1].Path >= _stride;
        if (keep)
        {
            if (!isEnd && !_previousKept)
                Points.Add(_previous);
            Points.Add(vertex);
        }

        _previous = vertex;
        _previousKept = keep;
    }

    internal void Finish()
    {
        if (!_previousKept)
            Points.Add(_previous);
        _previousKept = true;
    }

    /// <summary>The same curve with fewer points.</summary>
    internal static List<CurveVertex> Thin(List<CurveVertex> points, int maxPoints)
    {
        if (points.Count <= maxPoints)
            return points;
        var thinner = new CurveThinner(maxPoints);
        for (int i = 0; i < points.Count; i++)
            thinner.Add(points[i].Fpr, points[i].Tpr, points[i].Pro, points[i].Key, isEnd: i == 0);
        thinner.Finish();
        return thinner.Points;
    }
}

/// <summary>A point of the curves: what is found with the threshold at <paramref name="Key"/>, scores equal to it included.</summary>
internal readonly record struct CurveVertex(double Fpr, double Tpr, double Pro, uint Key)
{
    internal double Path => Fpr + Tpr + Pro;
}
