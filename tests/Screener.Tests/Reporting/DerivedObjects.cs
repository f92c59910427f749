using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Phantoms.Dicom;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

/// <summary>A small CT series with a map that has two high places, and the DICOM objects made of them.</summary>
internal sealed class DerivedObjects
{
    /// <summary>Grids by name: images from the feet upwards, the same downwards, and tilted ones.</summary>
    internal static readonly IReadOnlyDictionary<string, Affine> Grids = new Dictionary<string, Affine>
    {
        ["canonical"] = Affine.Canonical(new Spacing(3, 1.1, 0.9), -50, -60, -70),
        ["supine"] = new(-0.9, 0, 0, 40.5, 0, -1.1, 0, 33.25, 0, 0, 3, -310.5),
        ["reversed"] = new(0.9, 0, 0, 40.5, 0, -1.1, 0, 33.25, 0, 0, 3, -310.5),
        ["oblique"] = new( // 0.2 rad about x, then 0.1 about z
            -0.8955037487502231, 0.10762773450798133, 0.059501514228629634, 1.5,
            -0.08985007498214535, -1.0726873599219975, -0.5930304349622515, 2.25,
            0.0, -0.2185362638745674, 2.940199733523725, -30.75),
    };

    private DerivedObjects(DicomSeriesVolume series, AnomalyMap map, BodyMask body, Findings findings) =>
        (Series, Map, Body, Findings) = (series, map, body, findings);

    internal DicomSeriesVolume Series { get; }

    internal AnomalyMap Map { get; }

    internal BodyMask Body { get; }

    internal Findings Findings { get; }

    /// <summary>Writes a series into <c>ct</c>, and of it <c>seg.dcm</c>, <c>probability.dcm</c> and <c>capture.dcm</c>.</summary>
    internal static DerivedObjects Write(TemporaryFolder folder, Affine affine, double highest = 4)
    {
        var shape = new VolumeShape(9, 21, 27);
        var random = new RandomStream(3);
        var hu = new float[shape.CheckedLength()];
        for (int i = 0; i < hu.Length; i++)
            hu[i] = random.NextInt(200) - 50;
        DicomSeriesWriter.Write(new CtVolume(new VolumeGrid(shape, affine), hu), folder["ct"], new RandomStream(7));
        var series = new DicomSeriesReader(1).ReadSeries(folder["ct"]);
        var (scores, inside) = (new float[hu.Length], new byte[hu.Length]);
        for (int d = 0, i = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++, i++)
                {
                    inside[i] = d > 0 && h > 1 && w > 2 ? (byte)1 : (byte)0;
                    double first = Distance(d - 3, h - 8, w - 9, 1.9), second = Distance(d - 6, h - 14, w - 20, 2.6);
                    scores[i] = (float)Math.Max(0.5, highest - Math.Min(first, second + 0.3));
                }
            }
        }

        var map = new AnomalyMap(series.Volume.Grid, scores) { IsCalibrated = true };
        var body = new BodyMask(series.Volume.Grid, inside);
        var findings = Findings.Of(map, body, new FindingOptions(), series.Volume);
        var made = new DerivedObjects(series, map, body, findings);
        var origin = series.Origin();
        DicomSegmentation.WriteFindings(folder["seg.dcm"], origin, "ensemble", findings);
        DicomSegmentation.WriteProbability(folder["probability.dcm"], origin, "ensemble", map, body);
        DicomCapture.Write(folder["capture.dcm"], origin, "ensemble", series.Volume, map, body);
        return made;

        static double Distance(double d, double h, double w, double scale) => Math.Sqrt((d * d) + (h * h) + (w * w)) / scale;
    }
}
