using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>A tree that supplies points of an organ from one root, with radii by Murray's law.</summary>
internal static class VesselTree
{
    private const float MurrayExponent = 2.7f;

    /// <summary>Grows a tree to <paramref name="targets"/> and adds its branches to <paramref name="tubes"/>.</summary>
    /// <param name="tubes">Receives the branches.</param>
    /// <param name="random">Bends the branches.</param>
    /// <param name="root">Where the vessel enters; further points are the trunk that targets may branch off.</param>
    /// <param name="targets">Points of the average body to be reached.</param>
    /// <param name="leafRadius">Radius of the last branch, mm.</param>
    /// <param name="maximalRadius">No branch is thicker, mm.</param>
    internal static void Grow(
        Tubes tubes, RandomStream random, ReadOnlySpan<Vector3> root, IReadOnlyList<Vector3> targets, float leafRadius, float maximalRadius)
    {
        var nodes = new List<(Vector3 Point, int Parent, float Path)>();
        for (int i = 0; i < root.Length; i++)
            nodes.Add((root[i], i - 1, i == 0 ? 0 : nodes[i - 1].Path + Vector3.Distance(root[i], root[i - 1])));
        var start = root[^1];
        foreach (var target in targets.OrderBy(t => Vector3.DistanceSquared(t, start)))
        {
            int best = 0;
            float bestCost = float.PositiveInfinity;
            for (int n = 0; n < nodes.Count; n++)
            {
                float distance = Vector3.Distance(target, nodes[n].Point);
                if (distance >= bestCost)
                    continue;
                float cost = distance + (0.15f * nodes[n].Path);
                // Branches leave forwards.
                if (nodes[n].Parent >= 0)
                {
                    var forward = nodes[n].Point - nodes[nodes[n].Parent].Point;
                    float cosine = Vector3.Dot(forward, target - nodes[n].Point) / ((forward.Length() * distance) + 1e-3f);
                    cost += 0.6f * distance * MathF.Max(0, 0.4f - cosine);
                }

                if (cost < bestCost)
                    (best, bestCost) = (n, cost);
            }

            var from = nodes[best].Point;
            float length = Vector3.Distance(from, target);
            int pieces = Math.Clamp((int)(length / 9), 1, 6);
            var bend = new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * (0.07f * length);
            for (int k = 1; k <= pieces; k++)
            {
                float t = k / (float)pieces;
                var point = Vector3.Lerp(from, target, t) + (bend * (4 * t * (1 - t)));
                nodes.Add((point, k == 1 ? best : nodes.Count - 1, nodes[best].Path + (t * length)));
            }
        }

        var flow = new float[nodes.Count];
        var hasChild = new bool[nodes.Count];
        for (int n = nodes.Count - 1; n > 0; n--)
        {
            if (!hasChild[n])
                flow[n] = 1;
            if (nodes[n].Parent >= 0)
            {
                flow[nodes[n].Parent] += flow[n];
                hasChild[nodes[n].Parent] = true;
            }
        }

        for (int n = 1; n < nodes.Count; n++)
        {
            var (point, parent, _) = nodes[n];
            float radius = MathF.Min(leafRadius * MathF.Pow(flow[n], 1 / MurrayExponent), maximalRadius);
            float before = parent == 0 ? radius : MathF.Min(leafRadius * MathF.Pow(flow[parent], 1 / MurrayExponent), maximalRadius);
            // A side branch starts at its own width, not its parent's.
            tubes.Add(nodes[parent].Point, point, MathF.Min(before, 1.3f * radius), radius);
        }
    }
}
