using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Lessons;

/// <summary>A voxel of a patient.</summary>
/// <param name="Patient">The patient's index.</param>
/// <param name="Crop">The first voxel along [D, H, W] of the crop through which it is seen.</param>
/// <param name="Voxel">Its position in the volume along [D, H, W].</param>
/// <param name="Organ">The organ it lies in.</param>
/// <param name="InLesion">Whether a lesion covers it.</param>
public readonly record struct Place(
    int Patient, (int D, int H, int W) Crop, (int D, int H, int W) Voxel, PhantomOrgan Organ, bool InLesion);

/// <summary>
/// Voxels of patients, and the crops through which networks see them. Descriptor and condition model are asked about the same voxels
/// in the same crops, so that only the networks differ.
/// </summary>
public sealed class Places
{
    private const int CropsPerBatch = 4;
    private readonly IReadOnlyList<PreparedPhantom> _patients;
    private readonly VolumeShape _crop;
    private readonly List<(int Patient, (int D, int H, int W) Origin, List<Place> Places)> _crops;

    private Places(IReadOnlyList<PreparedPhantom> patients, VolumeShape crop, List<(int, (int, int, int), List<Place>)> crops)
    {
        (_patients, _crop, _crops) = (patients, crop, crops);
        All = [.. _crops.SelectMany(c => c.Places)];
    }

    /// <summary>The places, crop by crop.</summary>
    public IReadOnlyList<Place> All { get; }

    /// <summary>The number of places.</summary>
    public int Count => All.Count;

    /// <summary>Draws places anywhere in the body.</summary>
    /// <param name="patients">The patients.</param>
    /// <param name="crop">The shape of the crops.</param>
    /// <param name="cropsPerPatient">Crops of each patient, at random places.</param>
    /// <param name="placesPerCrop">Places in the middle half of each crop; fewer where it holds less of the body.</param>
    /// <param name="random">Where chance comes from.</param>
    public static Places Draw(
        IReadOnlyList<PreparedPhantom> patients, VolumeShape crop, int cropsPerPatient, int placesPerCrop, RandomStream random) =>
        Draw(patients, crop, cropsPerPatient, random,
            (_, shape) => (random.NextInt(shape.Depth), random.NextInt(shape.Height), random.NextInt(shape.Width)),
            candidates => Some(candidates, placesPerCrop, random));

    /// <summary>Draws places in lesions.</summary>
    /// <inheritdoc cref="Draw(IReadOnlyList{PreparedPhantom}, VolumeShape, int, int, RandomStream)"/>
    /// <exception cref="OptionException">A patient has no lesion.</exception>
    public static Places DrawAtLesions(
        IReadOnlyList<PreparedPhantom> patients, VolumeShape crop, int cropsPerPatient, int placesPerCrop, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(patients);
        var lesions = patients.Select(
            p => Enumerable.Range(0, p.Lesions.Voxels.Length).Where(i => p.Lesions.Voxels[i] != 0).ToArray()).ToList();
        if (lesions.FindIndex(l => l.Length == 0) is >= 0 and var without)
            throw new OptionException(nameof(patients), $"{patients[without].Name}, without a lesion", "patients with lesions");
        return Draw(
            patients, crop, cropsPerPatient, random,
            (patient, shape) =>
            {
                int voxel = lesions[patient][random.NextInt(lesions[patient].Length)], plane = shape.Height * shape.Width;
                return (voxel / plane, voxel % plane / shape.Width, voxel % shape.Width);
            },
            candidates => Some(candidates.Where(p => p.InLesion), placesPerCrop, random));
    }

    /// <summary>
    /// Masks that hide lesions and what is near them, for
    /// <see cref="Of(DenseNetwork, Device, IReadOnlyList{PreparedVolume}, Func{PreparedPhantom, ValueTuple{int, int, int}, float[]})"/>.
    /// </summary>
    /// <param name="crop">The shape of the crops.</param>
    /// <param name="margin">Voxels around a lesion, along each axis, that are hidden with it.</param>
    public static Func<PreparedPhantom, (int D, int H, int W), float[]> LesionsHidden(VolumeShape crop, int margin) => (patient, origin) =>
    {
        var mask = new float[crop.CheckedLength()];
        Array.Fill(mask, 1);
        var shape = patient.Volume.Shape;
        int plane = shape.Height * shape.Width;
        for (int voxel = 0; voxel < patient.Lesions.Voxels.Length; voxel++)
        {
            if (patient.Lesions.Voxels[voxel] == 0)
                continue;
            int d = (voxel / plane) - origin.D, h = (voxel % plane / shape.Width) - origin.H, w = (voxel % shape.Width) - origin.W;
            var (from, to) = (Math.Max(0, w - margin), Math.Min(crop.Width, w + margin + 1));
            for (int z = Math.Max(0, d - margin); z < Math.Min(crop.Depth, d + margin + 1) && from < to; z++)
            {
                for (int y = Math.Max(0, h - margin); y < Math.Min(crop.Height, h + margin + 1); y++)
                    mask.AsSpan(crop.Index(z, y, from), to - from).Clear();
            }
        }

        return mask;
    };

    /// <summary>
    /// The relative position of a place in its patient's prepared volume, each axis 0 to 1: from feet to head, back to front, left to
    /// right.
    /// </summary>
    public (double Up, double Front, double Right) Relative(Place place)
    {
        var shape = _patients[place.Patient].Volume.Shape;
        return ((place.Voxel.D + 0.5) / shape.Depth, (place.Voxel.H + 0.5) / shape.Height, (place.Voxel.W + 0.5) / shape.Width);
    }

    /// <summary>A network's features of all places.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="volumes">Other volumes on the same grids, to look at the same places of them; null for the patients' own.</param>
    /// <param name="mask">The visible voxels of a crop, 1 or 0, [D, H, W], by the crop's patient and origin; null shows everything, as a
    /// descriptor needs it.</param>
    public FeatureRows Of(
        DenseNetwork network, Device device, IReadOnlyList<PreparedVolume>? volumes = null,
        Func<PreparedPhantom, (int D, int H, int W), float[]>? mask = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Features(device, volumes, mask, (images, visible, positions, _) => network.ForwardAt(images, visible, positions));
    }

    /// <summary>What a condition says of all places: its pooled map where each place lies in it.</summary>
    /// <param name="condition">The condition; must have channels.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="pool">Kernel and stride of the pooling, in voxels.</param>
    /// <param name="volumes">Other volumes on the same grids, to look at the same places of them; null for the patients' own.</param>
    /// <exception cref="OptionException">The condition has no channels.</exception>
    public FeatureRows Of(Condition condition, Device device, VolumeShape pool, IReadOnlyList<PreparedVolume>? volumes = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (condition.Channels == 0)
            throw new OptionException(nameof(condition), $"'{condition.Name}', which says nothing", "a condition with channels");
        return Features(device, volumes, null, (images, _, positions, placements) =>
        {
            var map = condition.Compute(images, placements, [pool.Depth, pool.Height, pool.Width])!;
            // Where the pooling leaves voxels over at the end, the last position stands for them.
            var last = tensor([map.shape[2] - 1, map.shape[3] - 1, map.shape[4] - 1], device: device);
            var at = minimum(
                positions.div(tensor([pool.Depth, pool.Height, pool.Width], device: device)).floor().to_type(ScalarType.Int64), last);
            var crop = arange(map.shape[0], device: device).view(-1, 1);
            var row = (((((crop * map.shape[2]) + at[.., .., 0]) * map.shape[3]) + at[.., .., 1]) * map.shape[4]) + at[.., .., 2];
            return map.permute(0, 2, 3, 4, 1).reshape(-1, map.shape[1]).index_select(0, row.flatten());
        });
    }

    /// <summary>The grey values of all places, as features of one channel.</summary>
    public FeatureRows Intensities() => new(
        [.. All.Select(
            p => _patients[p.Patient].Volume.Intensities[_patients[p.Patient].Volume.Shape.Index(p.Voxel.D, p.Voxel.H, p.Voxel.W)])], 1);

    private FeatureRows Features(
        Device device, IReadOnlyList<PreparedVolume>? volumes, Func<PreparedPhantom, (int D, int H, int W), float[]>? mask,
        Func<Tensor, Tensor?, Tensor, PatchPlacement[], Tensor> forward)
    {
        using var guard = inference_mode();
        int voxels = _crop.CheckedLength();
        var parts = new List<FeatureRows>();
        foreach (var batch in _crops.Chunk(CropsPerBatch))
        {
            using var scope = NewDisposeScope();
            int most = batch.Max(c => c.Places.Count);
            float[] images = new float[batch.Length * voxels], positions = new float[batch.Length * most * 3];
            float[]? visible = mask is null ? null : new float[images.Length];
            var placements = new PatchPlacement[batch.Length];
            for (int i = 0; i < batch.Length; i++)
            {
                var (patient, origin, places) = batch[i];
                var volume = volumes?[patient] ?? _patients[patient].Volume;
                placements[i] = new PatchPlacement(volume.Shape, origin.D, origin.H, origin.W);
                VolumePatch.Copy(volume, origin, _crop, images.AsSpan(i * voxels, voxels));
                mask?.Invoke(_patients[patient], origin).CopyTo(visible.AsSpan(i * voxels));
                for (int p = 0; p < places.Count; p++)
                {
                    var ((d, h, w), at) = (places[p].Voxel, ((i * most) + p) * 3);
                    (positions[at], positions[at + 1], positions[at + 2]) = (d - origin.D, h - origin.H, w - origin.W);
                }
            }

            long[] size = [batch.Length, 1, _crop.Depth, _crop.Height, _crop.Width];
            var rows = FeatureRows.From(forward(
                TensorMemory.Of(images, size).to(device), visible is null ? null : TensorMemory.Of(visible, size).to(device),
                TensorMemory.Of(positions, [batch.Length, most, 3]).to(device), placements));

            // Crops with fewer places than the batch's fullest were filled up with position 0.
            parts.Add(rows.Select(batch.SelectMany((c, i) => Enumerable.Range(i * most, c.Places.Count))));
        }

        return FeatureRows.Join(parts);
    }

    private static Places Draw(
        IReadOnlyList<PreparedPhantom> patients, VolumeShape crop, int cropsPerPatient, RandomStream random,
        Func<int, VolumeShape, (int D, int H, int W)> centre, Func<List<Place>, IReadOnlyList<Place>> choose)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(random);
        var crops = new List<(int, (int, int, int), List<Place>)>();
        for (int patient = 0; patient < patients.Count; patient++)
        {
            var shape = patients[patient].Volume.Shape;
            for (int n = 0; n < cropsPerPatient; n++)
            {
                var middle = centre(patient, shape);
                var origin = (
                    D: Math.Clamp(middle.D - (crop.Depth / 2), 0, Math.Max(0, shape.Depth - crop.Depth)),
                    H: Math.Clamp(middle.H - (crop.Height / 2), 0, Math.Max(0, shape.Height - crop.Height)),
                    W: Math.Clamp(middle.W - (crop.Width / 2), 0, Math.Max(0, shape.Width - crop.Width)));
                var candidates = Middle(patients[patient], patient, origin, crop);
                var chosen = candidates.Count == 0 ? [] : choose(candidates);
                if (chosen.Count > 0)
                    crops.Add((patient, origin, [.. chosen]));
            }
        }

        if (crops.Count == 0)
            throw new OptionException(
                nameof(patients), $"{patients.Count} patients without a place to look at", "volumes with a body in it");
        return new Places(patients, crop, crops);
    }

    // The body's voxels in the middle half of a crop, since those at its edge have little context; up to the edge where the volume ends
    // there too.
    private static List<Place> Middle(PreparedPhantom patient, int index, (int D, int H, int W) origin, VolumeShape size)
    {
        var shape = patient.Volume.Shape;
        var ((fromD, toD), (fromH, toH), (fromW, toW)) = (Range(origin.D, size.Depth, shape.Depth),
            Range(origin.H, size.Height, shape.Height), Range(origin.W, size.Width, shape.Width));
        var places = new List<Place>();
        for (int d = fromD; d < toD; d++)
        {
            for (int h = fromH; h < toH; h++)
            {
                for (int w = fromW; w < toW; w++)
                {
                    int voxel = shape.Index(d, h, w);
                    if (patient.OrganAt(voxel) != PhantomOrgan.Outside)
                        places.Add(new Place(index, origin, (d, h, w), patient.OrganAt(voxel), patient.Lesions.Voxels[voxel] != 0));
                }
            }
        }

        return places;

        static (int From, int To) Range(int origin, int crop, int volume) =>
            (origin == 0 ? 0 : origin + (crop / 4), origin + crop >= volume ? volume : origin + (crop * 3 / 4));
    }

    private static List<Place> Some(IEnumerable<Place> candidates, int count, RandomStream random)
    {
        var left = candidates.ToList();
        var chosen = new List<Place>();
        while (chosen.Count < count && left.Count > 0)
        {
            int i = random.NextInt(left.Count);
            chosen.Add(left[i]);
            (left[i], left[^1]) = (left[^1], left[i]);
            left.RemoveAt(left.Count - 1);
        }

        return chosen;
    }
}
