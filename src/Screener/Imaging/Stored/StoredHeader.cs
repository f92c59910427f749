namespace Screener.Imaging.Stored;

/// <summary>What the header of one 3-D volume says, whatever its format, checked.</summary>
public abstract record StoredHeader
{
    /// <summary>Voxels along [D, H, W].</summary>
    public required VolumeShape Shape { get; init; }

    /// <summary>The type of the stored voxels.</summary>
    public required VoxelType DataType { get; init; }

    /// <summary>True if the file's numbers have their most significant byte first.</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>Factor from stored to true values; 1 if voxels are not scaled.</summary>
    public double Slope { get; init; } = 1;

    /// <summary>Added to the stored value times <see cref="Slope"/>; 0 if voxels are not scaled.</summary>
    public double Intercept { get; init; }

    /// <summary>Voxel index to world mm.</summary>
    public required Affine Affine { get; init; }

    /// <summary>What is doubtful, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>True if stored values have to be scaled.</summary>
    public bool IsScaled => Slope != 1 || Intercept != 0;

    /// <summary>True if no stored voxel can come out as NaN or infinite.</summary>
    internal bool IsSurelyFinite => !IsScaled && DataType is not (VoxelType.Float32 or VoxelType.Float64);

    /// <summary>Bytes of all voxels.</summary>
    internal long DataLength => Shape.VoxelCount * DataType.Size();
}
