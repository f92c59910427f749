using System.Globalization;
using System.Text;
using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Phantoms.Dicom;
using Screener.Randomness;
using static Screener.Tests.Annotations.LidcXmlReaderTests;

namespace Screener.Tests.Annotations;

public sealed class LidcConsensusTests
{
    [Fact]
    public void OnlyWhatIsStrictlyInsideCounts()
    {
        // A square ring, an outline with a spur that runs out and back, a triangle with long edges, a ring too thin to hold anything.
        Assert.Equal(
            [
                "..........",
                ".......#..",
                ".###..###.",
                ".###.#####",
                ".###......",
                "..........",
            ],
            Draw(10, 6,
                [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (4, 2), (4, 3), (4, 4), (4, 5), (3, 5), (2, 5), (1, 5), (0, 5), (0, 4), (0, 3),
                    (0, 2)],
                [(7, 0), (4, 3), (3, 4), (11, 4), (10, 3)]));
        Assert.Equal(
            [
                "......",
                "..#...",
                "......",
            ],
            Draw(6, 3, [(1, 0), (2, 0), (3, 0), (3, 1), (4, 1), (5, 1), (4, 1), (3, 1), (3, 2), (2, 2), (1, 2), (1, 1)]));
        Assert.Equal(["...", "..."], Draw(3, 2, [(0, 0), (1, 0), (1, 1), (0, 1)]));
    }

    [Fact]
    public void TheCollectionsOutlinesEncloseWhatMatplotlibFinds()
    {
        string path = SharedCt.PathOf("lidc-idri-0314/053.xml");
        var expected = PythonOracle.Run(
            ["matplotlib", "numpy"],
            """
            import sys, numpy as np, xml.etree.ElementTree as E
            from matplotlib.path import Path
            n = '{http://www.nih.gov}'
            for roi in E.parse(sys.argv[1]).iter(n + 'roi'):
                p = [(int(e.find(n + 'xCoord').text), int(e.find(n + 'yCoord').text)) for e in roi.findall(n + 'edgeMap')]
                x0, y0 = np.min(p, 0)
                x1, y1 = np.max(p, 0) + 1
                yy, xx = np.mgrid[y0:y1, x0:x1]
                inside = Path(p, closed=False).contains_points(np.stack([xx.ravel(), yy.ravel()], 1)).reshape(xx.shape)
                for x, y in p:
                    inside[y - y0, x - x0] = False
                print(inside.sum(), (inside * xx).sum(), (inside * yy).sum())
            """,
            path);
        var reading = LidcXmlReader.Read(path);
        var found = new StringBuilder();
        foreach (var contour in reading.Readers.SelectMany(r => r.Nodules).SelectMany(n => n.Contours))
        {
            var plane = new byte[512 * 512];
            TracedOutline.MarkInside(contour.Points, plane, 512);
            long count = 0, sumX = 0, sumY = 0;
            for (int i = 0; i < plane.Length; i++)
            {
                count += plane[i];
                sumX += plane[i] * (i % 512);
                sumY += plane[i] * (i / 512);
            }

            found.Append(CultureInfo.InvariantCulture, $"{count} {sumX} {sumY}\n");
        }

        Assert.Equal(expected, found.ToString());
    }

    /// <summary>Another rasterisation of the same outlines, votes and fractions: scikit-image's polygons less their perimeters.</summary>
    [Theory]
    [InlineData("lidc-idri-0314/dicom.zip", "lidc-idri-0314/053.xml")]
    [InlineData("lidc-slabs/LIDC-IDRI-0001_16slices_dicom.zip", "lidc-slabs/LIDC-IDRI-0001_69.xml")]
    [InlineData("lidc-slabs/LIDC-IDRI-0003_11slices_dicom.zip", "lidc-slabs/LIDC-IDRI-0003_72.xml")]
    public void MasksAtEveryFractionAgreeWithAnotherRasterisation(string dicom, string xml)
    {
        string archive = SharedCt.PathOf(dicom), file = SharedCt.PathOf(xml);
        string expected = PythonOracle.Run(
            ["skimage", "numpy"],
            """
            import sys, numpy as np, xml.etree.ElementTree as E
            from skimage.draw import polygon, polygon_perimeter
            n = '{http://www.nih.gov}'
            root = E.parse(sys.argv[1]).getroot()
            sessions = root.findall(n + 'readingSession')
            votes = {}
            for session in sessions:
                seen = {}
                for nodule in session.findall(n + 'unblindedReadNodule'):
                    rois = [(r.find(n + 'imageSOP_UID').text.strip(), r.find(n + 'inclusion').text.strip() == 'TRUE',
                             np.array([(int(e.find(n + 'yCoord').text), int(e.find(n + 'xCoord').text))
                                       for e in r.findall(n + 'edgeMap')])) for r in nodule.findall(n + 'roi')]
                    if not any(len(p) > 1 for _, _, p in rois):
                        continue
                    own = {}
                    for uid, inclusion, p in sorted(rois, key=lambda r: not r[1]):
                        area, rim = np.zeros((512, 512), bool), np.zeros((512, 512), bool)
                        area[polygon(p[:, 0], p[:, 1], area.shape)] = True
                        rim[polygon_perimeter(p[:, 0], p[:, 1], area.shape)] = True
                        plane = own.setdefault(uid, np.zeros((512, 512), bool))
                        if inclusion:
                            plane |= area & ~rim
                        else:
                            plane &= ~(area | rim)
                    for uid, plane in own.items():
                        seen[uid] = seen.get(uid, False) | plane
                for uid, plane in seen.items():
                    votes[uid] = votes.get(uid, 0) + plane.astype(int)
            yy, xx = np.mgrid[:512, :512]
            for k in (0.25, 0.5, 0.75, 1.0):
                for uid in sorted(votes):
                    mask = votes[uid] >= np.ceil(k * len(sessions))
                    if mask.any():
                        print(k, uid, mask.sum(), (mask * xx).sum(), (mask * yy).sum())
            """,
            file);
        var series = new DicomSeriesReader().ReadSeries(archive);
        var inSeries = series.Slices.Select(s => s.SopInstanceUid).ToHashSet();
        var reading = LidcXmlReader.Read(file);
        var found = new StringBuilder();
        foreach (double fraction in (double[])[0.25, 0.5, 0.75, 1.0])
        {
            var mask = LidcConsensus.Of(reading, series, fraction).Mask;
            int size = mask.Shape.Height * mask.Shape.Width;
            foreach (var slice in series.Slices.OrderBy(s => s.SopInstanceUid, StringComparer.Ordinal))
            {
                long count = 0, sumX = 0, sumY = 0;
                for (int i = 0; i < size; i++)
                {
                    byte voxel = mask.Voxels[(slice.Index * size) + i];
                    count += voxel;
                    sumX += voxel * (i % 512);
                    sumY += voxel * (i / 512);
                }

                if (count > 0)
                    found.Append(CultureInfo.InvariantCulture, $"{fraction:0.0#} {slice.SopInstanceUid} {count} {sumX} {sumY}\n");
            }
        }

        Assert.Equal(
            string.Concat(expected.Split('\n').Where(l => l.Length > 0 && inSeries.Contains(l.Split(' ')[1])).Select(l => l + "\n")),
            found.ToString());
        Assert.NotEqual("", found.ToString());
    }

    [Fact]
    public void HalfOfTheReadersDecideAndHolesTakeTheirRimAway()
    {
        using var folder = new TemporarySeries(new VolumeShape(3, 12, 14));
        var series = folder.Read();
        string uid = series.Slices[1].SopInstanceUid;
        (int, int)[] large = Square(1, 1, 9, 9), small = Square(3, 3, 9, 9), hole = Square(4, 4, 6, 6);
        var reading = Parse(Message(
            Session(Nodule("1", Roi(uid, "TRUE", large)))
            + Session(Nodule("x", Roi(uid, "TRUE", small), Roi("9.9.9", "TRUE", small)))
            + Session(Nodule("0", Roi(uid, "FALSE", hole), Roi(uid, "TRUE", large)))
            + Session(Nodule("tiny", Roi(uid, "TRUE", (12, 10)))),
            series.Series.SeriesUid));

        // Votes by hand: reader 1 has x, y 2..8; reader 2 has 4..8; reader 3 has 2..8 without 4..6 (rim included).
        static int Votes(int x, int y)
        {
            static bool In(int v, int from, int to) => v >= from && v <= to;
            bool wide = In(x, 2, 8) && In(y, 2, 8);
            return (wide ? 1 : 0) + (In(x, 4, 8) && In(y, 4, 8) ? 1 : 0) + (wide && !(In(x, 4, 6) && In(y, 4, 6)) ? 1 : 0);
        }

        foreach (var (fraction, needed) in ((double, int)[])[(0.25, 1), (0.5, 2), (0.51, 3), (0.75, 3), (1, 4)])
        {
            var consensus = LidcConsensus.Of(reading, series, fraction);
            Assert.Equal((4, 1), (consensus.Outlines, consensus.OutlinesElsewhere));
            Assert.Same(series.Volume.Grid, consensus.Mask.Grid);
            for (int d = 0; d < 3; d++)
            {
                for (int y = 0; y < 12; y++)
                {
                    for (int x = 0; x < 14; x++)
                        Assert.Equal(d == 1 && Votes(x, y) >= needed ? 1 : 0, consensus.Mask[d, y, x]);
                }
            }
        }
    }

    [Fact]
    public void AHoleTakesNothingFromAnotherNoduleOfTheSameReader()
    {
        using var folder = new TemporarySeries(new VolumeShape(2, 12, 14));
        var series = folder.Read();
        string uid = series.Slices[0].SopInstanceUid;
        var reading = Parse(Message(
            Session(Nodule("ring", Roi(uid, "TRUE", Square(0, 0, 11, 11)), Roi(uid, "FALSE", Square(3, 3, 8, 8))),
                Nodule("in the ring's hole", Roi(uid, "TRUE", Square(4, 4, 7, 7)))),
            series.Series.SeriesUid));
        var mask = LidcConsensus.Of(reading, series).Mask;
        Assert.Equal(100 - 36 + 4, mask.Count);
        Assert.Equal((1, 1, 0), (mask[0, 5, 5], mask[0, 6, 6], mask[0, 4, 4]));
    }

    [Fact]
    public void AnnotationsOfOtherImagesAreRefused()
    {
        using var folder = new TemporarySeries(new VolumeShape(2, 8, 8));
        var series = folder.Read();
        string uid = series.Slices[0].SopInstanceUid;
        var other = Parse(Message(Session(Nodule("1", Roi(uid, "TRUE", Square(1, 1, 4, 4)))), "9.8.7"));
        Assert.Contains("9.8.7", Assert.Throws<AnnotationException>(() => LidcConsensus.Of(other, series)).Message);
        var outside = Parse(Message(Session(Nodule("1", Roi(uid, "TRUE", Square(1, 1, 4, 8)))), series.Series.SeriesUid));
        Assert.Contains("(4, 8)", Assert.Throws<AnnotationException>(() => LidcConsensus.Of(outside, series)).Message);
        Assert.Throws<OptionException>(() => LidcConsensus.Of(outside, series, 0));
    }

    [Fact]
    public void ARealNoduleIsSolidTissueInLung()
    {
        var series = new DicomSeriesReader().ReadSeries(SharedCt.PathOf("lidc-slabs/LIDC-IDRI-0001_16slices_dicom.zip"));
        var consensus = LidcConsensus.Of(LidcXmlReader.Read(SharedCt.PathOf("lidc-slabs/LIDC-IDRI-0001_69.xml")), series);
        Assert.Equal(32, consensus.Outlines + consensus.OutlinesElsewhere);
        Assert.InRange(consensus.Outlines, 20, 32);

        // Drawn mirrored or shifted, the mask would hold lung (about -850 HU) or chest wall without lung around it.
        var (shape, mask, hu) = (series.Volume.Shape, consensus.Mask, series.Volume);
        double inside = 0, around = 0;
        int insideCount = 0, aroundCount = 0;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 12; h < shape.Height - 12; h++)
            {
                for (int w = 12; w < shape.Width - 12; w++)
                {
                    if (mask[d, h, w] != 0)
                    {
                        inside += hu[d, h, w];
                        insideCount++;
                    }
                    else if (mask[d, h, w + 8] != 0)
                    {
                        around += hu[d, h, w];
                        aroundCount++;
                    }
                }
            }
        }

        Assert.InRange(inside / insideCount, -300, 100);
        Assert.True(around / aroundCount < -400, $"{around / aroundCount} HU");
    }

    private static string[] Draw(int columns, int rows, params (int X, int Y)[][] outlines)
    {
        // Points may stick out at the right of what is shown.
        var plane = new byte[(columns + 4) * rows];
        foreach (var points in outlines)
            TracedOutline.MarkInside(points, plane, columns + 4);
        return [.. Enumerable.Range(0, rows).Select(
            y => string.Concat(Enumerable.Range(0, columns).Select(x => plane[(y * (columns + 4)) + x] != 0 ? '#' : '.')))];
    }

    private static (int X, int Y)[] Square(int left, int top, int right, int bottom) =>
        [(left, top), (right, top), (right, bottom), (left, bottom)];

    private sealed class TemporarySeries : IDisposable
    {
        private readonly string _path = Path.Combine(Path.GetTempPath(), $"screener-{Guid.NewGuid():N}");

        internal TemporarySeries(VolumeShape shape) =>
            DicomSeriesWriter.Write(
                new CtVolume(new VolumeGrid(shape, Affine.Identity), new float[shape.CheckedLength()]), _path, new RandomStream(3));

        public void Dispose() => Directory.Delete(_path, recursive: true);

        internal DicomSeriesVolume Read() => new DicomSeriesReader().ReadSeries(_path);
    }
}
