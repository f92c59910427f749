using Screener.Errors;

namespace Screener.Imaging;

/// <summary>Voxels of one type on a grid. The four kinds of volume differ in what their numbers mean and how they interpolate.</summary>
/// <typeparam name="T">The voxel type.</typeparam>
public abstract class Volume<T>
    where T : unmanaged
{
    private protected Volume(VolumeGrid grid, T[] voxels)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(voxels);
        int length = grid.Shape.CheckedLength();
        if (voxels.Length != length)
            throw new OptionException(
                "voxels", $"{voxels.Length} voxels", $"{length} voxels for shape {grid.Shape}", "Pass as many voxels as the grid has.");
        if (!grid.Affine.IsInvertible)
            throw new OptionException(
                "affine", grid.Affine.ToString(), "three independent, finite axes", "Check the geometry in the file's header.");
        Grid = grid;
        Voxels = voxels;
    }

    /// <summary>Shape and position of the voxels.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>The voxels, [D, H, W] with W fastest. The volume owns the array; it is not copied.</summary>
    public T[] Voxels { get; }

    /// <summary>Voxels along [D, H, W].</summary>
    public VolumeShape Shape => Grid.Shape;

    /// <summary>Distance between neighbouring voxel centres, in mm.</summary>
    public Spacing Spacing => Grid.Spacing;

    /// <summary>The voxel at (d, h, w).</summary>
    public T this[int d, int h, int w] => Voxels[Shape.Index(d, h, w)];
}

/// <summary>Voxels of one type that mean one thing.</summary>
/// <typeparam name="T">The voxel type.</typeparam>
/// <typeparam name="TSelf">The kind of volume.</typeparam>
public abstract class Volume<T, TSelf> : Volume<T>
    where T : unmanaged
    where TSelf : Volume<T, TSelf>
{
    private protected Volume(VolumeGrid grid, T[] voxels)
        : base(grid, voxels)
    {
    }

    /// <summary>Other voxels of the same kind and origin.</summary>
    internal abstract TSelf On(VolumeGrid grid, T[] voxels);
}

/// <summary>A computed-tomography volume: voxels in Hounsfield units (air -1000 HU, water 0 HU).</summary>
/// <param name="grid">Shape and position.</param>
/// <param name="voxels">HU, [D, H, W]; the volume takes ownership.</param>
/// <param name="source">Where it came from (a file, a series), for messages and captions.</param>
public sealed class CtVolume(VolumeGrid grid, float[] voxels, string source = "") : Volume<float, CtVolume>(grid, voxels)
{
    /// <summary>Where it came from (a file, a series), for messages and captions.</summary>
    public string Source { get; } = source;

    /// <summary>What was dropped, ignored or assumed while reading, one sentence each; empty for an ordinary file.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The range of the values that are no padding, where the reader knows which are.</summary>
    internal HounsfieldRange? Measured { get; init; }

    internal override CtVolume On(VolumeGrid grid, float[] voxels) => new(grid, voxels, Source) { Notes = Notes };
}

/// <summary>
/// An anomaly score per voxel: minus log-likelihood in nats, higher is more anomalous. Only its order has a meaning across models.
/// </summary>
/// <param name="grid">Shape and position.</param>
/// <param name="voxels">Scores, [D, H, W]; the volume takes ownership.</param>
public sealed class AnomalyMap(VolumeGrid grid, float[] voxels) : Volume<float, AnomalyMap>(grid, voxels)
{
    /// <summary>
    /// True if the scores mean the same in every map: -log10 of the part of a population's voxels that score as high or higher. Pictures of
    /// such maps share one scale.
    /// </summary>
    public bool IsCalibrated { get; init; }

    internal override AnomalyMap On(VolumeGrid grid, float[] voxels) => new(grid, voxels) { IsCalibrated = IsCalibrated };
}

/// <summary>A whole number per voxel, such as organ labels. Never interpolated between labels.</summary>
/// <param name="grid">Shape and position.</param>
/// <param name="voxels">Labels, [D, H, W]; the volume takes ownership.</param>
public sealed class LabelVolume(VolumeGrid grid, byte[] voxels) : Volume<byte, LabelVolume>(grid, voxels)
{
    /// <summary>What labels are called, where their file says so.</summary>
    public IReadOnlyDictionary<byte, string> Names { get; init; } = new Dictionary<byte, string>();

    /// <summary>The mask of the voxels whose label is one of <paramref name="labels"/>.</summary>
    public LesionMask Select(params ReadOnlySpan<byte> labels)
    {
        var mask = new byte[Voxels.Length];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = labels.Contains(Voxels[i]) ? (byte)1 : (byte)0;
        return new LesionMask(Grid, mask);
    }

    internal override LabelVolume On(VolumeGrid grid, byte[] voxels) => new(grid, voxels) { Names = Names };
}

/// <summary>Annotated pathology: 1 inside a lesion, 0 elsewhere.</summary>
/// <param name="grid">Shape and position.</param>
/// <param name="voxels">0 or 1, [D, H, W]; the volume takes ownership.</param>
public sealed class LesionMask(VolumeGrid grid, byte[] voxels) : Volume<byte, LesionMask>(grid, voxels)
{
    /// <summary>The number of lesion voxels.</summary>
    public long Count => VoxelCounting.NonZero(Voxels);

    internal override LesionMask On(VolumeGrid grid, byte[] voxels) => new(grid, voxels);
}

/// <summary>The patient: 1 inside the body, 0 in the air and the table outside of it.</summary>
/// <param name="grid">Shape and position.</param>
/// <param name="voxels">0 or 1, [D, H, W]; the volume takes ownership.</param>
public sealed class BodyMask(VolumeGrid grid, byte[] voxels) : Volume<byte, BodyMask>(grid, voxels)
{
    /// <summary>The number of body voxels.</summary>
    public long Count => VoxelCounting.NonZero(Voxels);

    internal override BodyMask On(VolumeGrid grid, byte[] voxels) => new(grid, voxels);
}

internal static class VoxelCounting
{
    internal static long NonZero(ReadOnlySpan<byte> voxels) => voxels.Length - voxels.Count((byte)0);
}
