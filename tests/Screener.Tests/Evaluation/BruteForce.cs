using Screener.Evaluation;

namespace Screener.Tests.Evaluation;

/// <summary>
/// The metrics from their definitions, with no sorting of voxels: every distinct score is tried as a threshold on every lesion.
/// </summary>
public static class BruteForce
{
    public static (double Auroc, double AurocAtLimit, double AuproAtLimit) Metrics(
        IReadOnlyList<ScoreCase> cases, Connectivity connectivity, double limit)
    {
        var negatives = new List<float>();
        var lesions = new List<List<float>>();
        foreach (var c in cases)
        {
            var labels = FloodFill(c.Lesions, c.Shape, connectivity, out int count);
            var here = new List<float>[count];
            for (int i = 0; i < count; i++)
                here[i] = [];
            for (int i = 0; i < labels.Length; i++)
            {
                if (c.Region.Length > 0 && c.Region[i] == 0)
                    continue;
                (labels[i] == 0 ? negatives : here[labels[i] - 1]).Add(c.Scores[i]);
            }

            lesions.AddRange(here.Where(l => l.Count > 0));
        }

        var positives = lesions.SelectMany(l => l).ToList();
        var thresholds = negatives.Concat(positives).Distinct().OrderDescending().ToList();
        List<(double Fpr, double Tpr, double Pro)> curve = [(0, 0, 0)];
        foreach (float t in thresholds)
        {
            curve.Add((
                negatives.Count(s => s >= t) / (double)negatives.Count,
                positives.Count(s => s >= t) / (double)positives.Count,
                lesions.Average(l => l.Count(s => s >= t) / (double)l.Count)));
        }

        return (Area(curve, p => p.Tpr, 1), Area(curve, p => p.Tpr, limit) / limit, Area(curve, p => p.Pro, limit) / limit);
    }

    private static double Area(
        List<(double Fpr, double Tpr, double Pro)> curve, Func<(double Fpr, double Tpr, double Pro), double> value, double limit)
    {
        double area = 0;
        for (int i = 1; i < curve.Count; i++)
        {
            double x0 = curve[i - 1].Fpr, x1 = curve[i].Fpr, y0 = value(curve[i - 1]), y1 = value(curve[i]);
            if (x0 >= limit || x1 == x0)
                continue;
            double end = Math.Min(x1, limit);
            double yEnd = y0 + ((y1 - y0) * (end - x0) / (x1 - x0));
            area += (end - x0) * (y0 + yEnd) / 2;
        }

        return area;
    }

    /// <summary>Labels by flood fill, numbered by first voxel.</summary>
    public static int[] FloodFill(byte[] mask, Screener.Imaging.VolumeShape shape, Connectivity connectivity, out int count)
    {
        int maxSteps = connectivity switch { Connectivity.Six => 1, Connectivity.Eighteen => 2, _ => 3 };
        var labels = new int[mask.Length];
        count = 0;
        var stack = new Stack<(int D, int H, int W)>();
        for (int d = 0; d < shape.Depth; d++)
        for (int h = 0; h < shape.Height; h++)
        for (int w = 0; w < shape.Width; w++)
        {
            if (mask[shape.Index(d, h, w)] == 0 || labels[shape.Index(d, h, w)] != 0)
                continue;
            labels[shape.Index(d, h, w)] = ++count;
            stack.Push((d, h, w));
            while (stack.TryPop(out var p))
            {
                for (int i = 0; i < 27; i++)
                {
                    int dd = (i / 9) - 1, dh = (i / 3 % 3) - 1, dw = (i % 3) - 1;
                    int nd = p.D + dd, nh = p.H + dh, nw = p.W + dw;
                    if (Math.Abs(dd) + Math.Abs(dh) + Math.Abs(dw) > maxSteps || !shape.Contains(nd, nh, nw))
                        continue;
                    int index = shape.Index(nd, nh, nw);
                    if (mask[index] == 0 || labels[index] != 0)
                        continue;
                    labels[index] = count;
                    stack.Push((nd, nh, nw));
                }
            }
        }

        return labels;
    }
}
