using System.Text;
using System.Text.Json.Nodes;
using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Viewer;
using Screener.Tests;

namespace Screener.Interactive.Tests.Viewer;

[Collection(WholeProcessCollection.Name)]
public sealed class VolumeViewerSizeTests
{
    private static readonly VolumeGrid Whole = new(
        new VolumeShape(275, 512, 512), new Affine(-0.78, 0, 0, 200, 0, -0.78, 0, 200, 0, 0, 1, 0));

    /// <summary>A body in air, both noisy, with a map: 72 million voxels.</summary>
    [Fact]
    public void AWholeSeriesIsThreeMegabytesAndSoonReady()
    {
        var (ct, map) = Noisy(40, -1000);
        string html = VolumeViewer.Html(ct, null, map);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1_000_000, 3_000_000);
        Assert.Contains("512 \\u00D7 512 \\u00D7 275 voxels, shown as ", html, StringComparison.Ordinal);
        Assert.Contains(" block means of ", html, StringComparison.Ordinal);

        // Two seconds of processors.
        var before = Environment.CpuUsage.TotalTime;
        VolumeViewer.Html(ct, null, map);
        var took = Environment.CpuUsage.TotalTime - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalSeconds:0.00} s of processors, {html.Length} characters");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void NoiseThatCannotBePackedIsShownCoarser()
    {
        var random = new Random(3);
        var grid = new VolumeGrid(new VolumeShape(120, 200, 200), Affine.Identity);
        float[] voxels = [.. Enumerable.Range(0, grid.Shape.CheckedLength()).Select(_ => (random.NextSingle() * 3000) - 1000)];
        string html = VolumeViewer.Html(new CtVolume(grid, voxels), options: VolumeViewerOptions.Default with { MaxBytes = 800_000 });
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 400_000, 800_000);
    }

    /// <summary>A page of two viewers of one CT holds it once, if they say the same.</summary>
    [Fact]
    public void TheSameCtIsTheSameTextWithAndWithoutAMap()
    {
        var (ct, map) = Noisy(40, -1000);
        static JsonNode Ct(string html)
        {
            const string Open = "<script type=\"application/json\">";
            int start = html.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
            return JsonNode.Parse(html[start..html.IndexOf("</script>", start, StringComparison.Ordinal)])!["ct"]!;
        }

        Assert.True(JsonNode.DeepEquals(Ct(VolumeViewer.Html(ct)), Ct(VolumeViewer.Html(ct, null, map))));
    }

    [Fact]
    public void OptionsAreChecked()
    {
        var ct = ViewedVolumes.Ct(ViewedVolumes.Grid("RAS"), (_, _, _) => 0);
        void Refused(string option, VolumeViewerOptions options) => Assert.Equal(
            option, Assert.Throws<OptionException>(() => VolumeViewer.Html(ct, options: options)).Subject);
        var o = VolumeViewerOptions.Default;
        Refused("MaxVoxels", o with { MaxVoxels = 10 });
        Refused("MaxBytes", o with { MaxBytes = 1000 });
        Refused("Opacity", o with { Opacity = 1.5 });
        Refused("Threshold", o with { Threshold = double.NaN });
        Refused("Scores", o with { Scores = new(2, 1) });
        Refused("Start", o with { Start = new(0, 0, 99) });
        Assert.Equal(
            "Map", Assert.Throws<OptionException>(
                () => VolumeViewer.Html(ct, null, new AnomalyMap(ViewedVolumes.Grid("LPS"), new float[ct.Voxels.Length]))).Subject);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 64, 64)]
    [InlineData(300, 1, 2)]
    public void ThinVolumesAreShownToo(int depth, int height, int width)
    {
        var grid = new VolumeGrid(new VolumeShape(depth, height, width), Affine.Identity);
        int n = grid.Shape.CheckedLength();
        float[] scores = new float[n];
        scores[0] = float.NaN;
        string html = VolumeViewer.Html(new CtVolume(grid, new float[n]), new LesionMask(grid, new byte[n]), new AnomalyMap(grid, scores));
        Assert.Contains($"{width} \\u00D7 {height} \\u00D7 {depth} voxels", html, StringComparison.Ordinal);
        Assert.Contains("The lesion mask is empty.", html, StringComparison.Ordinal);
    }

    private static (CtVolume Ct, AnomalyMap Map) Noisy(float inside, float outside)
    {
        int n = Whole.Shape.CheckedLength(), plane = 512 * 512;
        var (hu, scores) = (GC.AllocateUninitializedArray<float>(n), GC.AllocateUninitializedArray<float>(n));
        Parallel.For(0, 275, new ParallelOptions { MaxDegreeOfParallelism = 2 }, d =>
        {
            uint state = (uint)(d + 1) * 2654435761;
            float Noise() => ((state = (state * 1664525) + 1013904223) >> 8) * (1f / (1 << 24)) - 0.5f;
            for (int i = 0; i < plane; i++)
            {
                int h = i / 512 - 256, w = i % 512 - 256;
                bool body = (h * h * 3) + (w * w) < 50_000;
                hu[(d * plane) + i] = (body ? inside : outside) + (100 * (Noise() + Noise() + Noise()));
                scores[(d * plane) + i] = body ? MathF.Sin(h * 0.03f) + MathF.Sin(w * 0.04f) + MathF.Cos(d * 0.05f) : -3;
            }
        });
        return (new CtVolume(Whole, hu), new AnomalyMap(Whole, scores));
    }
}
