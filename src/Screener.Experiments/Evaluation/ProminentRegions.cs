using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>
/// The peaks of a map that stand out: each at least a given height above the saddle over which one comes to a higher peak. Two lesions that
/// touch, and a nodule beside a vessel, are two findings, and one finding does not grow with the threshold.
/// </summary>
/// <remarks>
/// Voxels join from the highest score to the lowest (union-find). Where two parts meet, the one with the lower peak is a region of its own
/// if it stands out, and is forgotten as one otherwise.
/// </remarks>
internal static class ProminentRegions
{
    /// <summary>
    /// The regions: what is connected to a peak above the highest of its saddle, the threshold and its score less
    /// <paramref name="height"/>. No two share a voxel.
    /// </summary>
    internal static IReadOnlyList<FindingRegion> Of(
        AnomalyMap map, BodyMask body, double threshold, double height, Connectivity connectivity)
    {
        float[] scores = map.Voxels;
        int[] above = Sorted(scores, body, threshold);
        var neighbours = new Neighbourhood(map.Shape, connectivity);

        // For each voxel that joined the number of its part, from 1; for each part the one that it is now of, and its peak.
        var part = new int[scores.Length];
        List<int> parents = [0], peaks = [-1];
        var saddles = new List<(int Peak, double Saddle)>();
        Span<int> near = stackalloc int[26];
        foreach (int voxel in above)
        {
            foreach (int other in neighbours.Of(voxel, near))
            {
                if (part[other] == 0)
                    continue;
                int root = Root(part[other]);
                if (part[voxel] == 0)
                {
                    part[voxel] = root;
                    continue;
                }

                int mine = Root(part[voxel]);
                if (mine == root)
                    continue;

                // Parts are numbered in the order of their peaks: the later one is the lower.
                var (higher, lower) = mine < root ? (mine, root) : (root, mine);
                if ((double)scores[peaks[lower]] - scores[voxel] >= height)
                    saddles.Add((peaks[lower], scores[voxel]));
                parents[lower] = higher;
            }

            if (part[voxel] != 0)
                continue;
            part[voxel] = parents.Count;
            parents.Add(parents.Count);
            peaks.Add(voxel);
        }

        for (int i = 1; i < parents.Count; i++)
        {
            if (parents[i] == i)
                saddles.Add((peaks[i], threshold));
        }

        Array.Clear(part);
        return [.. saddles.Select((s, k) => Flood(s.Peak, Math.Max(s.Saddle, Math.Max(threshold, scores[s.Peak] - height)), k + 1))];

        int Root(int i)
        {
            while (parents[i] != i)
                i = parents[i] = parents[parents[i]];
            return i;
        }

        FindingRegion Flood(int peak, double level, int number)
        {
            List<int> voxels = [peak];
            part[peak] = number;
            Span<int> around = stackalloc int[26];
            for (int k = 0; k < voxels.Count; k++)
            {
                foreach (int other in neighbours.Of(voxels[k], around))
                {
                    if (part[other] == number || body.Voxels[other] == 0 || !(scores[other] > level))
                        continue;
                    part[other] = number;
                    voxels.Add(other);
                }
            }

            voxels.Sort();
            var region = new FindingRegion();
            for (int i = 0; i < voxels.Count;)
            {
                int end = i + 1;
                while (end < voxels.Count && voxels[end] == voxels[i] + end - i)
                    end++;
                region.Add(new VoxelRun(voxels[i], end - i, number), scores);
                i = end;
            }

            return region;
        }
    }

    // Of equal scores the first in the array comes first.
    private static int[] Sorted(float[] scores, BodyMask body, double threshold)
    {
        int count = 0;
        for (int i = 0; i < scores.Length; i++)
            count += body.Voxels[i] != 0 && scores[i] > threshold ? 1 : 0;
        var keys = new ulong[count];
        for (int i = 0, k = 0; k < count; i++)
        {
            if (body.Voxels[i] != 0 && scores[i] > threshold)
                keys[k++] = ((ulong)ScoreKey.FromScore(scores[i]) << 32) | (uint)i;
        }

        Array.Sort(keys);
        return [.. keys.Select(key => (int)(uint)key)];
    }

    private sealed class Neighbourhood(VolumeShape shape, Connectivity connectivity)
    {
        private readonly (int D, int H, int W)[] _steps =
        [
            .. from d in Enumerable.Range(-1, 3)
               from h in Enumerable.Range(-1, 3)
               from w in Enumerable.Range(-1, 3)
               let axes = Math.Abs(d) + Math.Abs(h) + Math.Abs(w)
               where axes > 0 && axes <= (connectivity == Connectivity.Six ? 1 : connectivity == Connectivity.Eighteen ? 2 : 3)
               select (d, h, w),
        ];

        internal Span<int> Of(int voxel, Span<int> near)
        {
            int d = voxel / (shape.Height * shape.Width), h = voxel / shape.Width % shape.Height, w = voxel % shape.Width, count = 0;
            foreach (var step in _steps)
            {
                int i = d + step.D, j = h + step.H, k = w + step.W;
                if ((uint)i < (uint)shape.Depth && (uint)j < (uint)shape.Height && (uint)k < (uint)shape.Width)
                    near[count++] = shape.Index(i, j, k);
            }

            return near[..count];
        }
    }
}
