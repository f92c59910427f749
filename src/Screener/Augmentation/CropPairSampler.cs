using System.Buffers;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Augmentation;

/// <summary>Draws pairs of overlapping crops, resampled straight from the volume (paper, section 3.1 and its published code).</summary>
/// <remarks>
/// <para>The volume is flipped and turned once per pair. Each crop has its own voxel spacing, drawn per axis and bounded so
/// that the crop fits into the volume; the overlap is drawn per axis as a part of the smaller crop, at least as large as
/// it takes to fit both into the volume; which crop comes first along an axis, and where the pair lies, is drawn too.</para>
/// <para>Along an axis on which the volume is smaller than the smallest crop, both crops take the smallest spacing and the
/// same place, the volume lies anywhere inside, and the rest is air (0). Positions are drawn inside the volume only.</para>
/// </remarks>
public static class CropPairSampler
{
    private const float Air = 0;

    /// <summary>Draws one pair.</summary>
    /// <param name="volume">The volume; it is only read, so that threads may share it.</param>
    /// <param name="options">Shapes and ranges.</param>
    /// <param name="random">Where the chance comes from: the same stream state gives the same pair.</param>
    /// <exception cref="Errors.OptionException">An option is outside its range.</exception>
    public static CropPair Sample(PreparedVolume volume, CropPairOptions options, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();

        bool flipD = options.Flips && random.Chance(0.5), flipH = options.Flips && random.Chance(0.5), flipW = options.Flips
            && random.Chance(0.5);
        int turn = options.AxialTurns ? random.NextInt(4) : 0;

        // A quarter turn is an exchange of H and W and one reversal; a half turn is two reversals.
        bool swapped = (turn & 1) == 1;
        flipH ^= turn is 2 or 3;
        flipW ^= turn is 1 or 2;

        var patch = options.PatchShape;
        var d = AxisPair.Draw(volume.Shape.Depth, patch.Depth, flipD, options, random);
        var h = AxisPair.Draw(volume.Shape.Height, swapped ? patch.Width : patch.Height, flipH, options, random);
        var w = AxisPair.Draw(volume.Shape.Width, swapped ? patch.Height : patch.Width, flipW, options, random);

        var first = new CropPlacement((d.Start1, h.Start1, w.Start1), (d.Step1, h.Step1, w.Step1), swapped);
        var second = new CropPlacement((d.Start2, h.Start2, w.Start2), (d.Step2, h.Step2, w.Step2), swapped);
        int n = options.PositionsPerPair;
        float[] firstPositions = new float[n * 3], secondPositions = new float[n * 3];
        for (int i = 0; i < n; i++)
        {
            int at = i * 3, atH = at + (swapped ? 2 : 1), atW = at + (swapped ? 1 : 2);
            d.DrawPosition(random, out firstPositions[at], out secondPositions[at]);
            h.DrawPosition(random, out firstPositions[atH], out secondPositions[atH]);
            w.DrawPosition(random, out firstPositions[atW], out secondPositions[atW]);
        }

        return new CropPair(
            patch,
            Extract(volume, patch, first),
            Extract(volume, patch, second),
            firstPositions,
            secondPositions,
            first.SpacingIn(volume.Spacing),
            second.SpacingIn(volume.Spacing),
            first,
            second);
    }

    /// <summary>Reads a crop from the volume by trilinear interpolation; outside the volume it is air, 0.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="patch">Voxels of the crop along its own [D, H, W].</param>
    /// <param name="placement">Where it lies.</param>
    /// <returns>[D, H, W] of <paramref name="patch"/>.</returns>
    public static float[] Extract(PreparedVolume volume, VolumeShape patch, CropPlacement placement)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var (start, step, swapped) = placement;
        var depth = AxisTable.Create(start.D, step.D, patch.Depth, volume.Shape.Depth);
        var height = AxisTable.Create(start.H, step.H, swapped ? patch.Width : patch.Height, volume.Shape.Height);
        var width = AxisTable.Create(start.W, step.W, swapped ? patch.Height : patch.Width, volume.Shape.Width);

        var crop = GC.AllocateUninitializedArray<float>(patch.CheckedLength());
        int plane = patch.Height * patch.Width, scratchLength = SeparableSampler.ScratchLength(width);
        float[] buffer = ArrayPool<float>.Shared.Rent(scratchLength + plane);
        try
        {
            var scratch = buffer.AsSpan(0, scratchLength);
            for (int d = 0; d < patch.Depth; d++)
            {
                var output = crop.AsSpan(d * plane, plane);
                var slice = swapped ? buffer.AsSpan(scratchLength, plane) : output;
                SeparableSampler.LinearSlice(volume.Intensities, volume.Shape, depth, d, height, width, Air, slice, scratch);
                if (swapped)
                    Transpose(slice, output, patch.Height, patch.Width);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }

        return crop;
    }

    // output[h, w] = slice[w, h]
    private static void Transpose(ReadOnlySpan<float> slice, Span<float> output, int height, int width)
    {
        for (int h = 0; h < height; h++)
        {
            var row = output.Slice(h * width, width);
            for (int w = 0, at = h; w < row.Length; w++, at += height)
                row[w] = slice[at];
        }
    }
}
