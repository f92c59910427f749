using System.Text.Json.Nodes;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Viewer;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>The counts behind the curves, against counts by hand.</summary>
public sealed class ThresholdSweepTests
{
    private static readonly VolumeGrid Grid = new(new VolumeShape(12, 20, 22), Affine.Canonical(new Spacing(2, 2, 2)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EveryThresholdIsCountedOverAllVoxels(bool calibrated)
    {
        var view = View(calibrated);
        var sweep = Json(view)["sweep"]!;
        double[] lows = [.. Lows(view)];
        var (map, mask, body) = (view.Map!, view.Mask!, view.Body!);
        var all = Enumerable.Range(0, map.Voxels.Length).ToList();
        int[] healthy = [.. all.Where(i => body.Voxels[i] != 0 && mask.Voxels[i] == 0)], ill = [.. all.Where(i => mask.Voxels[i] != 0)];
        int[][] lesions = [[.. ill.Where(i => i % 22 < 11)], [.. ill.Where(i => i % 22 > 11)]];
        Assert.Equal(
            (healthy.Length, ill.Length, 2),
            (sweep["healthy"]!.GetValue<int>(), sweep["ill"]!.GetValue<int>(), sweep["lesions"]!.GetValue<int>()));
        for (int level = 0; level < lows.Length; level++)
        {
            // The first level also takes what lies below it.
            bool IsAbove(int i) => level == 0 || map.Voxels[i] >= lows[level];
            Assert.Equal(healthy.Count(IsAbove), sweep["healthyAbove"]![level]!.GetValue<int>());
            Assert.Equal(ill.Count(IsAbove), sweep["illAbove"]![level]!.GetValue<int>());
            Assert.Equal(
                lesions.Average(l => (double)l.Count(IsAbove) / l.Length), sweep["pro"]![level]!.GetValue<double>(), 1e-5);
        }
    }

    [Fact]
    public void LesionsAndFalseFindingsAreThoseOfTheFindings()
    {
        var view = View(calibrated: true);
        var sweep = Json(view)["sweep"]!;
        double[] lows = [.. Lows(view)];
        var findings = Findings.Of(view.Map!, view.Body!, new FindingOptions { Most = 10_000 }).List;

        // Peaks lie in lesions only where lesions are: both were given the highest scores.
        var hits = findings.Where(f => f.Peak > 4).ToList();
        Assert.Equal(2, hits.Count);
        for (int level = 0; level < lows.Length; level++)
        {
            bool IsAbove(double peak) => level == 0 || peak >= lows[level];
            Assert.Equal(hits.Count(f => IsAbove(f.Peak)), sweep["lesionsFound"]![level]!.GetValue<int>());
            Assert.Equal(findings.Count(f => f.Peak <= 4 && IsAbove(f.Peak)), sweep["falseFindings"]![level]!.GetValue<int>());
        }
    }

    [Fact]
    public void WithoutLesionsThereAreNoCurves()
    {
        var view = View(calibrated: true) with { Mask = new LesionMask(Grid, new byte[Grid.Shape.CheckedLength()]) };
        Assert.Null(Json(view)["sweep"]);
    }

    [Fact]
    public void WithSmallLesionsAloneThereIsNoFroc()
    {
        var mask = new byte[Grid.Shape.CheckedLength()];
        mask[Grid.Shape.Index(5, 8, 8)] = 1;
        var view = View(calibrated: true) with { Mask = new LesionMask(Grid, mask) };
        var sweep = Json(view)["sweep"]!;
        Assert.Equal((0, 1), (sweep["lesions"]!.GetValue<int>(), sweep["ill"]!.GetValue<int>()));
        Assert.All(sweep["lesionsFound"]!.AsArray(), n => Assert.Equal(0, n!.GetValue<int>()));
    }

    /// <summary>Two lesions, one of them found better, and noise around.</summary>
    internal static VolumeView View(bool calibrated)
    {
        var random = new Random(5);
        int n = Grid.Shape.CheckedLength();
        var (mask, body, scores, hu) = (new byte[n], new byte[n], new float[n], new float[n]);
        for (int i = 0; i < n; i++)
        {
            var (d, h, w) = (i / 440, i / 22 % 20, i % 22);
            body[i] = h is > 1 and < 18 ? (byte)1 : (byte)0;
            bool large = d is > 3 and < 9 && h is > 5 and < 11 && w is > 3 and < 9, small = d is 5 or 6 && h is 8 or 9 && w is 15 or 16;
            mask[i] = large || small ? (byte)1 : (byte)0;
            scores[i] = (random.NextSingle() * 2.6f) + (large ? 2.2f : small ? 1.7f : 0);
            hu[i] = body[i] != 0 ? 40 : -1000;
        }

        return new VolumeView(
            new CtVolume(Grid, hu), new LesionMask(Grid, mask), new AnomalyMap(Grid, scores) { IsCalibrated = calibrated },
            new BodyMask(Grid, body)) { Curves = true };
    }

    /// <summary>What the viewer's script reads.</summary>
    internal static JsonNode Json(VolumeView view)
    {
        const string Open = "<script type=\"application/json\">";
        string html = VolumeViewer.Html(view);
        int start = html.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
        return JsonNode.Parse(html[start..html.IndexOf("</script>", start, StringComparison.Ordinal)])!;
    }

    private static IEnumerable<double> Lows(VolumeView view) => Json(view)["map"]!["segments"]!.AsArray().SelectMany(
        s => Enumerable.Range(0, s![2]!.GetValue<int>()).Select(i => s[0]!.GetValue<double>() + (i * s[1]!.GetValue<double>())));
}
