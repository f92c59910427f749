using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Phantoms.Dicom;
using Screener.Randomness;

namespace Screener.Tests.Interactive.Lessons;

/// <summary>Balls of water in air, 1 mm voxels, written as a DICOM series and read again.</summary>
internal static class BallPatient
{
    /// <summary>The series, and the balls on their own grid and on the series'.</summary>
    internal static (DicomSeriesVolume Series, LesionMask Truth, LesionMask InSeries) Write(string folder, params (double D, double H, double W, double Radius)[] balls)
    {
        var grid = new VolumeGrid(new VolumeShape(28, 64, 72), Affine.Identity);
        var shape = grid.Shape;
        byte[] truth = [.. Enumerable.Range(0, shape.CheckedLength()).Select(i =>
            balls.Any(b => Math.Pow((i / (shape.Height * shape.Width)) - b.D, 2) + Math.Pow((i / shape.Width % shape.Height) - b.H, 2) + Math.Pow((i % shape.Width) - b.W, 2) <= b.Radius * b.Radius) ? (byte)1 : (byte)0)];
        DicomSeriesWriter.Write(new CtVolume(grid, [.. truth.Select(t => t == 0 ? -1000f : 0f)]), folder, new RandomStream(1));
        var series = new DicomSeriesReader().ReadSeries(folder);
        return (series, new LesionMask(grid, truth), new LesionMask(series.Volume.Grid, [.. series.Volume.Voxels.Select(v => v > -500 ? (byte)1 : (byte)0)]));
    }

    internal static double Dice(LesionMask a, LesionMask b) => 2.0 * a.Voxels.Zip(b.Voxels, (x, y) => x & y).Count(v => v != 0) / (a.Count + b.Count);
}
