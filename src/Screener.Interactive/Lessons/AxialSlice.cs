using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Interactive.Features;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Lessons;

/// <summary>One axial slice of a prepared volume, and what networks make of all of it.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Depth">The slice along D.</param>
public sealed record AxialSlice(PreparedVolume Volume, int Depth)
{
    /// <summary>The slice of a patient in which most lesion voxels lie, or the middle one of a healthy patient.</summary>
    public static AxialSlice OfLargestLesion(PreparedPhantom patient)
    {
        ArgumentNullException.ThrowIfNull(patient);
        var at = SlicePosition.OfLargestLesion(patient.Lesions) ?? SlicePosition.Middle(patient.Lesions.Grid);
        return new AxialSlice(patient.Volume, at.Depth);
    }

    /// <summary>The grey values.</summary>
    /// <param name="caption">What they are.</param>
    public Patch Patch(string caption) => new(Volume.Shape with { Depth = 1 }, Of(Volume.Intensities), caption)
    {
        Spacing = Volume.Spacing,
    };

    /// <summary>A network's features with everything visible, averaged over overlapping windows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="window">The window in voxels: the network's training crop.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="caption">What it is.</param>
    public FeatureMap Features(DenseNetwork network, VolumeShape window, Device device, string caption)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Features(network, network.Options.DescriptorChannels, window, device, caption);
    }

    /// <summary>
    /// Scores over the patient's slice, with the lesions outlined. Colours go from the median to the 99.9th percentile of the slice's body.
    /// </summary>
    /// <param name="patient">The patient whose volume this is.</param>
    /// <param name="scores">[D, H, W] of the volume; NaN is not drawn.</param>
    /// <param name="caption">What they are.</param>
    public Picture Scores(PreparedPhantom patient, float[] scores, string caption)
    {
        ArgumentNullException.ThrowIfNull(patient);
        return new Picture(Draw(scores, RangeOf(patient, scores), patient.Lesions, SliceRenderOptions.Default.Outline), caption);
    }

    /// <summary>From the median to the 99.9th percentile of the slice's body.</summary>
    internal ScoreRange RangeOf(PreparedPhantom patient, float[] scores)
    {
        byte[] body = [.. Region().Zip(patient.Organs.Voxels, (inside, organ) => inside != 0 && organ != 0 ? (byte)1 : (byte)0)];
        return ScoreRange.Of(new AnomalyMap(Volume.Grid, scores), new BodyMask(Volume.Grid, body));
    }

    /// <summary>Scores over the slice, [D, H, W], and an outline.</summary>
    internal RgbImage Draw(float[] scores, ScoreRange range, LesionMask outlined, Rgb colour)
    {
        var options = SliceRenderOptions.Default with
        {
            Window = new WindowPreset("intensity", 0.5, 1), PixelMm = 1.2, Opacity = 0.8, SideLabels = false, Scores = range,
            Outline = colour,
        };
        var at = SlicePosition.Middle(Volume.Grid) with { Depth = Depth };
        return SliceRenderer.Render(
            new CtVolume(Volume.Grid, Volume.Intensities), SlicePlane.Axial, at, options, new AnomalyMap(Volume.Grid, scores), outlined);
    }

    /// <summary>How well scores set the slice's lesion voxels above the rest of its body: AUROC, NaN without a lesion.</summary>
    /// <param name="patient">The patient whose volume this is.</param>
    /// <param name="scores">[D, H, W] of the volume.</param>
    public double Auroc(PreparedPhantom patient, float[] scores)
    {
        ArgumentNullException.ThrowIfNull(patient);
        var (values, organs, lesions) = (Of(scores), Of(patient.Organs.Voxels), Of(patient.Lesions.Voxels));
        int[] body = [.. Enumerable.Range(0, values.Length).Where(i => organs[i] != 0)];
        return Ranking.Auroc([.. body.Select(i => (double)values[i])], [.. body.Select(i => lesions[i] != 0)]);
    }

    /// <summary>The slice's part of a map of the whole volume.</summary>
    /// <param name="map">[D, H, W] of the volume.</param>
    /// <returns>[H, W].</returns>
    public T[] Of<T>(T[] map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Length != Volume.Shape.CheckedLength())
            throw new OptionException(nameof(map), $"{map.Length} voxels", $"{Volume.Shape.VoxelCount}, as the volume has");
        OptionException.ThrowIfOutside(nameof(Depth), Depth, 0, Volume.Shape.Depth - 1);
        return map.AsSpan(Volume.Shape.Index(Depth, 0, 0), Volume.Shape.Height * Volume.Shape.Width).ToArray();
    }

    /// <summary>1 at the voxels of the slice and 0 elsewhere, [D, H, W]: where <see cref="SlidingWindow"/> is to look.</summary>
    public byte[] Region()
    {
        var region = new byte[Volume.Shape.CheckedLength()];
        region.AsSpan(Volume.Shape.Index(Depth, 0, 0), Volume.Shape.Height * Volume.Shape.Width).Fill(1);
        return region;
    }

    // One layer of windows with the slice in their middle: of the volume only the slab around it.
    private FeatureMap Features(nn.Module<Tensor, Tensor> network, int channels, VolumeShape window, Device device, string caption)
    {
        OptionException.ThrowIfOutside(nameof(Depth), Depth, 0, Volume.Shape.Depth - 1);
        var shape = Volume.Shape;
        int thickness = Math.Min(window.Depth, shape.Depth), first = Math.Clamp(Depth - (thickness / 2), 0, shape.Depth - thickness);
        var thin = shape with { Depth = thickness };
        var slab = new PreparedVolume(
            Volume.Grid.Box(first, 0, 0, thin), Volume.Intensities.AsSpan(shape.Index(first, 0, 0), thin.CheckedLength()).ToArray(),
            Volume.SourceGrid, Volume.Source);
        float[][] maps = SlidingWindow.Run(
            slab, channels, SlidingWindowOptions.Quick with { Window = window }, (windows, _) => network.forward(windows), device);
        int plane = shape.Height * shape.Width, at = thin.Index(Depth - first, 0, 0);
        float[] values = [.. maps.SelectMany(map => map.AsSpan(at, plane).ToArray())];
        using var features = tensor(values, [channels, 1, shape.Height, shape.Width]);
        return new FeatureMap(features, caption) { Spacing = Volume.Spacing };
    }
}
