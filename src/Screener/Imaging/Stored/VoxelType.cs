namespace Screener.Imaging.Stored;

/// <summary>The voxel types of NIfTI-1 that hold one real number; the values are the header's datatype codes.</summary>
public enum VoxelType : short
{
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 2,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 4,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 8,

    /// <summary>32-bit IEEE floating point.</summary>
    Float32 = 16,

    /// <summary>64-bit IEEE floating point.</summary>
    Float64 = 64,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 256,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 512,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 768,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 1024,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 1280,
}

/// <summary>Facts about the datatype codes of NIfTI-1, the refused ones included.</summary>
internal static class VoxelTypes
{
    /// <summary>Bytes per voxel.</summary>
    internal static int Size(this VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 => 1,
        VoxelType.Int16 or VoxelType.UInt16 => 2,
        VoxelType.Int32 or VoxelType.UInt32 or VoxelType.Float32 => 4,
        _ => 8,
    };

    /// <summary>What a code that is not a <see cref="VoxelType"/> stands for.</summary>
    internal static string NameOfRefused(short code) => code switch
    {
        0 => "voxels of unknown type (datatype 0)",
        1 => "1-bit voxels (datatype 1)",
        32 => "complex64 voxels (datatype 32)",
        128 => "RGB24 colours (datatype 128)",
        1536 => "float128 voxels (datatype 1536)",
        1792 => "complex128 voxels (datatype 1792)",
        2048 => "complex256 voxels (datatype 2048)",
        2304 => "RGBA32 colours (datatype 2304)",
        _ => $"datatype {code}, which NIfTI-1 does not define",
    };
}
