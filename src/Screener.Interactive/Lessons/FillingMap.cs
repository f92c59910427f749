using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>A slice's map while the windows fill it, as a picture that moves.</summary>
/// <param name="slice">The slice.</param>
/// <param name="window">The windows, in voxels.</param>
/// <param name="score">Which of the predictor's scores.</param>
public sealed class FillingMap(AxialSlice slice, VolumeShape window, int score = 0)
{
    private const int StepMs = 350, LastMs = 3000;

    private static readonly Rgb Orange = new(255, 170, 0);

    private readonly List<(PatchPlacement Window, float[] Scores)> _steps = [];

    /// <summary>Takes the slice's scores after a window: <see cref="SlidingWindow.Run"/> calls it.</summary>
    public void Seen(PatchPlacement placement, Func<float[][]> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        _steps.Add((placement, slice.Of(maps()[score])));
    }

    /// <summary>
    /// The slice after each window, which is framed, in the colours of the last one; where pictures do not move, the whole map with its
    /// lesions.
    /// </summary>
    /// <param name="patient">The patient whose volume the slice is of.</param>
    /// <param name="caption">What it is.</param>
    /// <exception cref="OptionException">No window was seen.</exception>
    public Picture Picture(PreparedPhantom patient, string caption)
    {
        ArgumentNullException.ThrowIfNull(patient);
        if (_steps.Count == 0)
            throw new OptionException("windows", "none seen", "a map that was filled", "Pass Seen to SlidingWindow.Run.");
        var grid = slice.Volume.Grid;
        float[] OfVolume(float[] plane)
        {
            var whole = new float[grid.Shape.CheckedLength()];
            Array.Fill(whole, float.NaN);
            plane.CopyTo(whole, grid.Shape.Index(slice.Depth, 0, 0));
            return whole;
        }

        float[] full = OfVolume(_steps[^1].Scores);
        var range = slice.RangeOf(patient, full);
        var whole = slice.Draw(full, range, patient.Lesions, SliceRenderOptions.Default.Outline);
        List<RgbImage> frames = [.. _steps.Select(s => slice.Draw(OfVolume(s.Scores), range, Frame(s.Window), Orange)), whole];
        return new Picture(MovingPng.Encode(whole, frames, StepMs, LastMs), caption);
    }

    // The part of the slice that a window covers.
    private LesionMask Frame(PatchPlacement at)
    {
        var shape = slice.Volume.Shape;
        var mask = new byte[shape.CheckedLength()];
        for (int h = at.H; h < Math.Min(at.H + window.Height, shape.Height); h++)
            mask.AsSpan(shape.Index(slice.Depth, h, at.W), Math.Min(window.Width, shape.Width - at.W)).Fill(1);
        return new LesionMask(slice.Volume.Grid, mask);
    }
}
