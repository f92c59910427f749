using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Tests.Training;

namespace Screener.Tests.Inference;

public sealed class KindsOfPlaceTests
{
    [Fact]
    public void CentresAreTheMeansOfTheirMembers()
    {
        var random = new RandomStream(1);
        float[][] groups = [[0, 0, 0, 0, 0], [9, 0, 0, 0, 0], [0, 9, 9, 0, 0]];
        float[] places = [.. Enumerable.Range(0, 600).SelectMany(i => groups[i % 3].Select(c => c + (float)random.NextGaussian()))];
        var kinds = KindsOfPlace.Fit(places, 3, new RandomStream(2));
        Assert.Equal(3, kinds.Count);
        int[] of = [.. Enumerable.Range(0, 600).Select(i => kinds.Nearest(places.AsSpan(i * 5, 5)))];
        for (int group = 0; group < 3; group++)
            Assert.Single(Enumerable.Range(0, 600).Where(i => i % 3 == group).Select(i => of[i]).Distinct());
        for (int k = 0; k < 3; k++)
        {
            for (int f = 0; f < 5; f++)
            {
                double mean = Enumerable.Range(0, 600).Where(i => of[i] == k).Average(i => (double)places[(i * 5) + f]);
                Assert.Equal(mean, kinds.Centres[(k * 5) + f], 1e-4);
            }
        }
    }

    [Fact]
    public void PlacesAreWhatSurroundsAVoxelAndWhereItLies()
    {
        var scan = PatientScan.Of(ScreeningTests.Ball(), TinyTraining.Compute);
        var found = Places(scan);
        Assert.Equal(scan.Body.Count, found.Count);
        var (shape, spacing) = (scan.Ct.Shape, scan.Ct.Spacing);
        var inside = found.Keys.Select(
            i => (D: i / (shape.Height * shape.Width), H: i / shape.Width % shape.Height, W: i % shape.Width)).ToList();
        foreach (int voxel in found.Keys.Where((_, i) => i % 1999 == 0))
        {
            var (d, h, w) = (voxel / (shape.Height * shape.Width), voxel / shape.Width % shape.Height, voxel % shape.Width);
            foreach (var (sigma, feature) in new[] { (6.0, 0), (15.0, 1) })
            {
                double sum = 0, weights = 0;
                foreach (var p in inside)
                {
                    double z = (p.D - d) * spacing.Depth, y = (p.H - h) * spacing.Height, x = (p.W - w) * spacing.Width;
                    if (Math.Abs(z) > 3 * sigma + 3 || Math.Abs(y) > 3 * sigma + 3 || Math.Abs(x) > 3 * sigma + 3)
                        continue;
                    double weight = Math.Exp(-((z * z) + (y * y) + (x * x)) / (2 * sigma * sigma));
                    sum += weight * scan.Ct[p.D, p.H, p.W];
                    weights += weight;
                }

                Assert.Equal(sum / weights / 300, found[voxel][feature], 0.02);
            }

            Assert.Equal(Part(d, p => p.D) / 0.25, found[voxel][2], 1e-4);
            Assert.Equal(Part(h, p => p.H) / 0.25, found[voxel][3], 1e-4);
            Assert.Equal(Math.Abs((2 * Part(w, p => p.W)) - 1) / 0.25, found[voxel][4], 1e-4);
        }

        double Part(int at, Func<(int D, int H, int W), int> axis) =>
            (at - inside.Min(axis) + 0.5) / (inside.Max(axis) - inside.Min(axis) + 1);
    }

    [Fact]
    public void TheOrderOfTheArrayMakesNoDifference()
    {
        var ct = ScreeningTests.Ball();
        var turned = ct.Grid.Affine;
        var (d, h, w) = (ct.Shape.Depth, ct.Shape.Height, ct.Shape.Width);
        var start = turned.ToWorld(d - 1, h - 1, 0);
        var flipped = new CtVolume(
            new VolumeGrid(ct.Shape, new Affine(
                turned.M00, -turned.M01, -turned.M02, start.X, turned.M10, -turned.M11, -turned.M12, start.Y,
                turned.M20, -turned.M21, -turned.M22, start.Z)),
            [.. Enumerable.Range(0, d).SelectMany(i => Enumerable.Range(0, h).SelectMany(
                j => ct.Voxels.AsSpan(ct.Shape.Index(d - 1 - i, h - 1 - j, 0), w).ToArray()))]);
        var places = Places(PatientScan.Of(ct, TinyTraining.Compute));
        var others = Places(PatientScan.Of(flipped, TinyTraining.Compute));
        Assert.Equal(places.Count, others.Count);
        foreach (var (voxel, place) in places)
        {
            int other = ct.Shape.Index(d - 1 - (voxel / (h * w)), h - 1 - (voxel / w % h), voxel % w);
            for (int f = 0; f < 5; f++)
                Assert.Equal(place[f], others[other][f], 1e-3f);
        }
    }

    [Fact]
    public void BadCentresAreRefused()
    {
        Assert.Throws<OptionException>(() => new KindsOfPlace([]));
        Assert.Throws<OptionException>(() => new KindsOfPlace([1, 2, 3]));
        Assert.Throws<OptionException>(() => new KindsOfPlace([1, 2, 3, 4, float.NaN]));
    }

    private static Dictionary<int, float[]> Places(PatientScan scan)
    {
        var found = new Dictionary<int, float[]>();
        KindsOfPlace.Visit(scan, (voxel, place) =>
        {
            float[] copy = place.ToArray();
            lock (found)
                found.Add(voxel, copy);
        }, default);
        return found;
    }
}
