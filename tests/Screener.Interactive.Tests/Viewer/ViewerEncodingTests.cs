using System.Globalization;
using Screener.Imaging;
using Screener.Interactive.Viewer;
using Screener.Tests;

namespace Screener.Interactive.Tests.Viewer;

/// <summary>What the HTML carries, read by another program that knows only the format's description.</summary>
public sealed class ViewerEncodingTests
{
    // Prints the shape, and then per voxel the middle and half the width of its level.
    private const string Reader = """
        import sys, re, json, gzip, base64
        page = open(sys.argv[1], encoding='utf-8').read()
        layer = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S).group(1))[sys.argv[2]]
        D, H, W = layer['shape']
        streams = [list(gzip.decompress(base64.b64decode(s))) if s else [] for s in layer['data']]
        taken = [0] * len(streams)
        bounds = [0, 1, 2, 3, 5, 8, 13, 23]
        v = {}
        at = lambda d, h, w: v.get((d, h, w), 0)
        for d in range(D):
            for h in range(H):
                for w in range(W):
                    near = [at(d, h, w - 1), at(d, h - 1, w), at(d - 1, h, w)]
                    spread = max(near) - min(near)
                    s = sum(spread > b for b in bounds)
                    plane = int((2 * sum(near) - at(d, h - 1, w - 1) - at(d - 1, h, w - 1) - at(d - 1, h - 1, w) + 1) / 3)
                    v[d, h, w] = min(max(plane, min(near)), max(near)) + streams[s][taken[s]] & 255
                    taken[s] += 1
        assert taken == [len(s) for s in streams]
        levels = [(float('nan'), 0.0)] + [
            (start + (i + 0.5) * step, step / 2) for start, step, count in layer.get('segments') or [] for i in range(int(count))]
        print(D, H, W)
        for d in range(D):
            for h in range(H):
                for w in range(W):
                    print(v[d, h, w], *(levels[v[d, h, w]] if len(levels) > 1 else (v[d, h, w], 0)))
        """;

    [Theory]
    [InlineData("RAS", 1_000_000)]
    [InlineData("LPS", 3_000)]
    [InlineData("PIR", 3_000)]
    public void TheCtIsItsBlockMeansWithinTheStep(string orientation, int most)
    {
        var grid = ViewedVolumes.Grid(orientation);
        var random = new Random(11);
        var ct = ViewedVolumes.Ct(grid, (x, y, z) => (40 * x) + (30 * y) - (20 * z) + random.Next(-30, 30));
        var (shape, lines) = Read(VolumeViewer.Html(ct, options: VolumeViewerOptions.Default with { MaxVoxels = most }), "ct");

        var shown = ShownGrid.Fit(grid, most);
        Assert.Equal(shown.Canonical.Shape, shape);
        Assert.Equal(most >= grid.Shape.VoxelCount, shown.IsWhole);
        var means = new float[shown.Shape.CheckedLength()];
        BlockReduction.Mean(ct.Voxels, shown, [.. Enumerable.Range(0, shown.Shape.Depth)], means, 1);
        means = Reorientation.Permute(means, shown.Shape, shown.Orientation);
        for (int i = 0; i < means.Length; i++)
        {
            if (means[i] > -952)
                Assert.InRange(means[i], lines[i].Middle - lines[i].Half, lines[i].Middle + lines[i].Half);
            else
                Assert.Equal(1, lines[i].Level);
            Assert.True(lines[i].Half <= (means[i] is > -160 and < 240 ? 2 : means[i] < -952 ? 48 : 10));
        }
    }

    [Fact]
    public void ScoresOutsideTheBodyAreLeftOut()
    {
        var grid = ViewedVolumes.Grid("LPS");
        var map = new AnomalyMap(grid, ViewedVolumes.Voxels(grid, (x, y, z) => (float)(x + (y / 10))));
        var body = new BodyMask(grid, ViewedVolumes.Voxels(grid, (x, y, _) => (x * x) + (y * y) < 64 ? (byte)1 : (byte)0));
        var (shape, lines) = Read(VolumeViewer.Html(ViewedVolumes.Ct(grid, (_, _, _) => 0), null, map, body), "map");
        Assert.Equal(new VolumeShape(ViewedVolumes.Head, ViewedVolumes.Front, ViewedVolumes.Right), shape);
        var canonical = ViewedVolumes.Grid("RAS");
        int inside = 0;
        for (int i = 0; i < lines.Count; i++)
        {
            var (x, y, _) = canonical.Affine.ToWorld(0, i / ViewedVolumes.Right % ViewedVolumes.Front, i % ViewedVolumes.Right);
            Assert.Equal((x * x) + (y * y) < 64, lines[i].Level > 0);
            if (lines[i].Level == 0)
                continue;
            inside++;
            Assert.InRange(x + (y / 10), lines[i].Middle - lines[i].Half - 1e-4, lines[i].Middle + lines[i].Half + 1e-4);
        }

        Assert.True(inside > 1000);
    }

    [Fact]
    public void ALesionTooSmallForABlockIsNotLost()
    {
        var grid = ViewedVolumes.Grid("RAS");
        var mask = new LesionMask(
            grid, ViewedVolumes.Voxels(
                grid, (x, y, z) => (x == 5 && y == 4 && z == 3) || (x < -6 && y < -5 && z < -3) ? (byte)1 : (byte)0));
        var (shape, lines) = Read(
            VolumeViewer.Html(ViewedVolumes.Ct(grid, (_, _, _) => 0), mask, options: VolumeViewerOptions.Default with { MaxVoxels = 1000 }),
            "mask");
        var shown = ShownGrid.Fit(grid, 1000);
        var at = shown.BlockOf(new(3 + 8, 4 + 10, 5 + 12));
        Assert.True(lines[shape.Index(at.Depth, at.Height, at.Width)].Level > 127);
        Assert.Equal(255, lines[0].Level);
        Assert.True(lines.Count(l => l.Level > 127) < 100);
    }

    private static (VolumeShape Shape, List<(int Level, double Middle, double Half)> Voxels) Read(string html, string layer)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["viewer.html"], html);
        string[] lines = PythonOracle.Run([], Reader, folder["viewer.html"], layer).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int[] shape = [.. lines[0].Split(' ').Select(int.Parse)];
        return (new VolumeShape(shape[0], shape[1], shape[2]),
            [.. lines[1..].Select(l => l.Split(' ')).Select(
                f => (int.Parse(f[0], CultureInfo.InvariantCulture), double.Parse(f[1], CultureInfo.InvariantCulture),
                    double.Parse(f[2], CultureInfo.InvariantCulture)))]);
    }
}
