using Screener.Evaluation;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed class FindingPicturesTests
{
    // Axes that run against the canonical ones, and one that is not.
    public static TheoryData<Affine> Orientations => new(
        Affine.Canonical(new Spacing(3, 2, 2), -40, 10, 5), new Affine(-2, 0, 0, 60, 0, -2, 0, 50, 0, 0, 3, -20),
        new Affine(0, 0, 3, -30, 2, 0, 0, 4, 0, -2, 0, 90));

    [Theory]
    [MemberData(nameof(Orientations))]
    public void ThePeakIsInTheMiddleWhateverTheOrientation(Affine affine)
    {
        var grid = new VolumeGrid(new VolumeShape(30, 40, 50), affine);
        var (hu, scores, inside) = (new float[60_000], new float[60_000], new byte[60_000]);
        Array.Fill(hu, -200);
        Array.Fill(inside, (byte)1);
        foreach (var (d, h, w, score) in new[] { (9, 20, 31, 5f), (20, 10, 12, 3f) })
        {
            for (int i = 0; i < 8; i++)
            {
                int index = grid.Shape.Index(d + (i >> 2), h + ((i >> 1) & 1), w + (i & 1));
                (hu[index], scores[index]) = (240, score - (0.1f * i));
            }
        }

        var (ct, map, body) = (new CtVolume(grid, hu, "scan.nii"), new AnomalyMap(grid, scores), new BodyMask(grid, inside));
        var findings = Findings.Of(map, body, new FindingOptions { Threshold = 1 }, ct);
        Assert.Equal(2, findings.List.Count);

        var pictures = FindingPictures.Of(findings, ct, map, body);

        Assert.Equal([5f, 3f], findings.List.Select(f => (float)f.Peak));
        foreach (var (picture, finding) in pictures.Zip(findings.List))
        {
            Assert.Contains($"peak {finding.Peak:0.00}", picture.Caption, StringComparison.Ordinal);
            var image = FindingPictures.Draw(finding, ct, map, ScoreRange.Of(map, body));
            Assert.Equal(PngImage.Encode(image), picture.Png);
            int middle = image.Height / 2;
            var (bright, coloured) = (image[middle, middle], image[image.Width - middle, middle]);
            Assert.True(bright.R > 200 && bright.G > 200 && bright.B > 200, $"{bright}: no bone in the middle");
            Assert.True(coloured.R > coloured.B + 30, $"{coloured}: no map in the middle");
            Assert.True(image[4, 4].R < 60);
        }
    }

    [Fact]
    public void ThePageNamesEveryFinding()
    {
        var grid = new VolumeGrid(new VolumeShape(4, 30, 30), Affine.Canonical(new Spacing(2, 2, 2)));
        var scores = new float[3600];
        (scores[5], scores[1900]) = (4, 6);
        var (ct, map) = (new CtVolume(grid, new float[3600], "<scan>.nii"), new AnomalyMap(grid, scores) { IsCalibrated = true });
        var body = new BodyMask(grid, [.. scores.Select(_ => (byte)1)]);
        var findings = Findings.Of(map, body, new FindingOptions { Threshold = 1, LeastVolumeMl = 0, Most = 1 }, ct);

        string page = DocumentPage.Render(ScreenReport.Of(ct, "ensemble", map, body, findings));

        Assert.Contains("Findings in &lt;scan&gt;.nii", page, StringComparison.Ordinal);
        Assert.Contains("the 1 highest of 2", page, StringComparison.Ordinal);
        Assert.Contains("1: peak 6.00", page, StringComparison.Ordinal);
        Assert.Contains("one voxel in a thousand", page, StringComparison.Ordinal);
    }
}
