using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Tests.Evaluation;

public sealed class FindingsTests
{
    private static readonly VolumeGrid Grid = new(new VolumeShape(5, 6, 7), Affine.Canonical(new Spacing(2, 3, 4)));

    [Theory]
    [InlineData(Connectivity.Six)]
    [InlineData(Connectivity.TwentySix)]
    public void AreTheRegionsOfAFloodFill(Connectivity connectivity)
    {
        var random = new RandomStream(3);
        var (map, body, ct) = Random(random);
        var organs = new LabelVolume(Grid, [.. map.Voxels.Select(_ => (byte)random.NextInt(4))]);
        var options = new FindingOptions { Threshold = 0.7, LeastVolumeMl = 0, Most = 1000, Connectivity = connectivity };

        var findings = Findings.Of(map, body, options, ct, organs);

        var expected = Flood(map, body, 0.7, connectivity);
        Assert.Equal(expected.Count, findings.Regions);
        Assert.Equal(expected.Count, findings.List.Count);
        foreach (var (region, finding) in expected.OrderByDescending(r => r.Max(i => map.Voxels[i])).Zip(findings.List))
        {
            int peak = region.MaxBy(i => map.Voxels[i]);
            var (x, y, z) = Grid.Affine.ToWorld(peak / 42, peak / 7 % 6, peak % 7);
            Assert.Equal((map.Voxels[peak], x, y, z), (finding.Peak, finding.X, finding.Y, finding.Z));
            Assert.Equal(region.Count * 0.024, finding.VolumeMl, 1e-12);
            Assert.Equal(region.Average(i => (double)ct.Voxels[i]), finding.MeanHu!.Value, 1e-3);
            var most = region.Select(i => organs.Voxels[i]).GroupBy(o => o).OrderByDescending(g => g.Count()).ThenBy(
                g => g.Key).First().Key;
            Assert.Equal(most == 0 ? null : most, finding.Organ);
        }
    }

    [Theory]
    [InlineData(Connectivity.Six)]
    [InlineData(Connectivity.TwentySix)]
    public void OfACalibratedMapAreThePeaksThatStandOut(Connectivity connectivity)
    {
        for (ulong seed = 0; seed < 8; seed++)
        {
            var (plain, body, _) = Random(new RandomStream(seed));

            // A few levels: ties are broken by the order of the array.
            float levels = seed < 4 ? 1e6f : 12;
            float[] scores = [.. plain.Voxels.Select(v => 1 + (MathF.Round(v * levels) * 5 / levels))];
            var map = new AnomalyMap(Grid, scores) { IsCalibrated = true };
            const double Height = 1.2;
            var options = new FindingOptions { Prominence = Height, LeastVolumeMl = 0, Most = 1000, Connectivity = connectivity };
            var expected = new List<(int Peak, int Voxels)>();
            foreach (int peak in Enumerable.Range(0, 210).Where(i => body.Voxels[i] != 0 && map.Voxels[i] > 2))
            {
                double saddle = Levels(map).Where(l => l <= map.Voxels[peak]).Prepend(2).Where(
                    level => Part(Math.BitDecrement(level), peak).Any(i => Before(i, peak))).DefaultIfEmpty(2).Max();
                bool root = !Part(2, peak).Any(i => Before(i, peak));
                if (root || map.Voxels[peak] - saddle >= Height)
                    expected.Add((peak, Part(Math.Max(saddle, map.Voxels[peak] - Height), peak).Count));
            }

            var regions = FindingRegions.Of(map, body, 2, options);
            Assert.Equal(
                expected.OrderByDescending(r => map.Voxels[r.Peak]).ThenBy(r => r.Peak),
                regions.Select(r => (r.Peak, (int)r.Voxels)).OrderByDescending(r => map.Voxels[r.Peak]).ThenBy(r => r.Peak));
            Assert.Equal(regions.Count, Findings.Of(map, body, options).Regions);

            bool Before(int i, int peak) => map.Voxels[i] > map.Voxels[peak] || (map.Voxels[i] == map.Voxels[peak] && i < peak);

            List<int> Part(double above, int voxel) => Flood(map, body, above, connectivity).First(r => r.Contains(voxel));
        }

        static IEnumerable<double> Levels(AnomalyMap map) => map.Voxels.Distinct().Where(v => v > 2).Select(v => (double)v);
    }

    [Fact]
    public void TheThresholdIsTheScoreThatAFractionOfTheBodyExceeds()
    {
        var (map, body, _) = Random(new RandomStream(4));
        var findings = Findings.Of(map, body, new FindingOptions { BodyFraction = 0.1, LeastVolumeMl = 0 });
        int inside = body.Voxels.Count(b => b != 0);
        int above = map.Voxels.Where((s, i) => body.Voxels[i] != 0 && s > findings.Threshold).Count();
        Assert.InRange(above, (0.1 * inside) - 1, (0.1 * inside) + 1);
    }

    [Fact]
    public void ARateIsAThresholdOfCalibratedMaps()
    {
        var (map, body, _) = Random(new RandomStream(4));
        var calibrated = new AnomalyMap(Grid, map.Voxels) { IsCalibrated = true };
        var rare = new FindingOptions { Rate = 0.001 };
        Assert.Equal(3, Findings.Of(calibrated, body, rare).Threshold, 1e-12);
        Assert.Equal(2, Findings.Of(calibrated, body, new FindingOptions()).Threshold);
        Assert.Contains("calibrated", Assert.Throws<OptionException>(() => Findings.Of(map, body, rare)).Message);
        foreach (var wrong in (FindingOptions[])[new() { Rate = 0 }, new() { Rate = 1.1 }, rare with { Threshold = 3 }])
            Assert.Throws<OptionException>(wrong.Validate);

        // What was kept with the options of before is still that of the same options.
        Assert.DoesNotContain("rate", StoredJson.Write(new FindingOptions()).GetRawText());
    }

    [Fact]
    public void SmallRegionsAndLowPeaksAreLeftOut()
    {
        var scores = new float[Grid.Shape.VoxelCount];
        (scores[0], scores[2], scores[3], scores[40]) = (9, 5, 6, 7);
        var (map, body) = (new AnomalyMap(Grid, scores), new BodyMask(Grid, [.. scores.Select(_ => (byte)1)]));

        var one = Findings.Of(map, body, new FindingOptions { Threshold = 1, LeastVolumeMl = 0.03 });
        Assert.Equal((1, 6.0), (one.Regions, one.List.Single().Peak));

        var two = Findings.Of(map, body, new FindingOptions { Threshold = 1, LeastVolumeMl = 0, Most = 2 });
        Assert.Equal((3, 9.0, 7.0), (two.Regions, two.List[0].Peak, two.List[1].Peak));
    }

    [Fact]
    public void RefusesOtherGridsAndScoresThatAreNotFinite()
    {
        var (map, body, ct) = Random(new RandomStream(5));
        var other = new VolumeGrid(Grid.Shape, Affine.Canonical(new Spacing(2, 3, 5)));
        Assert.Throws<ScoreMapException>(() => Findings.Of(map, new BodyMask(other, body.Voxels), new FindingOptions()));
        Assert.Throws<ScoreMapException>(() => Findings.Of(map, body, new FindingOptions(), new CtVolume(other, ct.Voxels)));
        Assert.Throws<ScoreMapException>(() => Findings.Of(map, new BodyMask(Grid, new byte[210]), new FindingOptions()));
        Assert.Throws<OptionException>(() => Findings.Of(map, body, new FindingOptions { Most = 0 }));
        map.Voxels[Array.IndexOf(body.Voxels, (byte)1)] = float.NaN;
        Assert.Throws<ScoreMapException>(() => Findings.Of(map, body, new FindingOptions()));
    }

    internal static List<List<int>> Flood(AnomalyMap map, BodyMask body, double threshold, Connectivity connectivity)
    {
        var regions = new List<List<int>>();
        var seen = new bool[map.Voxels.Length];
        var shape = map.Shape;
        for (int first = 0; first < seen.Length; first++)
        {
            if (!Open(first))
                continue;
            seen[first] = true;
            var region = new List<int> { first };
            for (int next = 0; next < region.Count; next++)
            {
                int d = region[next]
                    / (shape.Height * shape.Width), h = region[next] / shape.Width % shape.Height, w = region[next] % shape.Width;
                for (int k = 0; k < 27; k++)
                {
                    int a = (k / 9) - 1, b = (k / 3 % 3) - 1, c = (k % 3) - 1;
                    if (connectivity == Connectivity.Six && Math.Abs(a) + Math.Abs(b) + Math.Abs(c) != 1)
                        continue;
                    if (d + a < 0 || d + a >= shape.Depth || h + b < 0 || h + b >= shape.Height || w + c < 0 || w + c >= shape.Width)
                        continue;
                    int neighbour = shape.Index(d + a, h + b, w + c);
                    if (!Open(neighbour))
                        continue;
                    seen[neighbour] = true;
                    region.Add(neighbour);
                }
            }

            regions.Add(region);
        }

        return regions;

        bool Open(int i) => !seen[i] && body.Voxels[i] != 0 && map.Voxels[i] > threshold;
    }

    private static (AnomalyMap Map, BodyMask Body, CtVolume Ct) Random(RandomStream random)
    {
        int n = (int)Grid.Shape.VoxelCount;
        float[] scores = new float[n], hu = new float[n];
        byte[] body = new byte[n];
        for (int i = 0; i < n; i++)
            (scores[i], hu[i], body[i]) = ((float)random.NextDouble(), (float)random.NextDouble() * 100,
                random.Chance(0.8) ? (byte)1 : (byte)0);
        return (new AnomalyMap(Grid, scores), new BodyMask(Grid, body), new CtVolume(Grid, hu));
    }
}
