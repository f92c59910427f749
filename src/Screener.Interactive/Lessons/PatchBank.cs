using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Features;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Lessons;

/// <summary>Places of training volumes with their pooled features: to find the patch that looks like a feature vector.</summary>
public sealed class PatchBank
{
    private readonly IReadOnlyList<PreparedVolume> _volumes;
    private readonly List<(int Volume, int D, int H, int W)> _voxels;
    private readonly FeatureRows _features;

    private PatchBank(IReadOnlyList<PreparedVolume> volumes, List<(int, int, int, int)> voxels, FeatureRows features) =>
        (_volumes, _voxels, _features) = (volumes, voxels, features);

    /// <summary>The number of places.</summary>
    public int Count => _voxels.Count;

    /// <summary>Draws crops at random places and keeps the positions in the middle half of each.</summary>
    /// <param name="volumes">The training volumes.</param>
    /// <param name="network">The descriptor model.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="crop">The shape of the crops.</param>
    /// <param name="pool">The pooling of the features along [D, H, W].</param>
    /// <param name="crops">How many crops.</param>
    /// <param name="random">Where chance comes from.</param>
    public static PatchBank Draw(
        IReadOnlyList<PreparedVolume> volumes, DenseNetwork network, Device device, VolumeShape crop, VolumeShape pool, int crops,
        RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(crops), crops, 1, 100_000);
        var grid = new VolumeShape(crop.Depth / pool.Depth, crop.Height / pool.Height, crop.Width / pool.Width);
        var voxels = new List<(int, int, int, int)>();
        var parts = new List<FeatureRows>();
        var values = new float[crop.CheckedLength()];
        for (int n = 0; n < crops; n++)
        {
            int index = random.NextInt(volumes.Count);
            var shape = volumes[index].Shape;
            var origin = (D: From(shape.Depth, crop.Depth), H: From(shape.Height, crop.Height), W: From(shape.Width, crop.Width));
            VolumePatch.Copy(volumes[index], origin, crop, values);
            using var guard = inference_mode();
            using var scope = NewDisposeScope();
            var map = network.ForwardPooled(
                TensorMemory.Of(values, [1, 1, crop.Depth, crop.Height, crop.Width]).to(device), [pool.Depth, pool.Height, pool.Width]);
            var rows = FeatureRows.From(map[0].flatten(1).t());
            var kept = new List<int>();
            for (int d = grid.Depth / 4; d < grid.Depth * 3 / 4; d++)
            {
                for (int h = grid.Height / 4; h < grid.Height * 3 / 4; h++)
                {
                    for (int w = grid.Width / 4; w < grid.Width * 3 / 4; w++)
                    {
                        var voxel = (D: origin.D + (d * pool.Depth), H: origin.H + (h * pool.Height), W: origin.W + (w * pool.Width));
                        if (!shape.Contains(voxel.D, voxel.H, voxel.W))
                            continue;
                        kept.Add(grid.Index(d, h, w));
                        voxels.Add((index, voxel.D, voxel.H, voxel.W));
                    }
                }
            }

            parts.Add(rows.Select(kept));
        }

        return new PatchBank(volumes, voxels, FeatureRows.Join(parts));

        int From(int volume, int size) => random.NextInt(Math.Max(1, volume - size + 1));
    }

    /// <summary>The patches whose features are nearest to a vector, none two of which overlap.</summary>
    /// <param name="vector">The feature vector.</param>
    /// <param name="count">How many.</param>
    /// <param name="side">Voxels along the edge of a patch.</param>
    /// <returns>One axial slice each, nearest first; fewer than <paramref name="count"/> where the bank has no more.</returns>
    public IReadOnlyList<Patch> Nearest(ReadOnlySpan<float> vector, int count, int side = 32)
    {
        var distances = new double[Count];
        for (int row = 0; row < distances.Length; row++)
            distances[row] = FeatureRows.Distance(_features[row], vector);
        var chosen = new List<int>();
        foreach (int row in Enumerable.Range(0, Count).OrderBy(row => distances[row]))
        {
            if (chosen.Count == count)
                break;
            if (!chosen.Exists(other => Near(_voxels[row], _voxels[other], side)))
                chosen.Add(row);
        }

        return [.. chosen.Select(
            row => Cut(
                _volumes[_voxels[row].Volume], (_voxels[row].D, _voxels[row].H, _voxels[row].W), side,
                FormattableString.Invariant($"distance {distances[row]:0.0}")))];
    }

    /// <summary>An axial slice of a volume around a voxel; what lies outside is black.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="voxel">The voxel along [D, H, W].</param>
    /// <param name="side">Voxels along the edge.</param>
    /// <param name="caption">What it is.</param>
    public static Patch Cut(PreparedVolume volume, (int D, int H, int W) voxel, int side, string caption)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var values = new float[side * side];
        for (int h = 0; h < side; h++)
        {
            for (int w = 0; w < side; w++)
            {
                var (y, x) = (voxel.H - (side / 2) + h, voxel.W - (side / 2) + w);
                if (volume.Shape.Contains(voxel.D, y, x))
                    values[(h * side) + w] = volume.Intensities[volume.Shape.Index(voxel.D, y, x)];
            }
        }

        return new Patch(new VolumeShape(1, side, side), values, caption) { Spacing = volume.Spacing };
    }

    private static bool Near((int Volume, int D, int H, int W) a, (int Volume, int D, int H, int W) b, int side) =>
        a.Volume == b.Volume && Math.Abs(a.D - b.D) < side / 4 && Math.Abs(a.H - b.H) < side / 2 && Math.Abs(a.W - b.W) < side / 2;
}
