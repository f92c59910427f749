using System.Runtime.InteropServices;

namespace Screener.PyTorch;

/// <summary>The number formats of checkpoints that can be read.</summary>
public enum TorchDataType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>IEEE double precision.</summary>
    Float64,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>The upper half of a single-precision number.</summary>
    BFloat16,

    /// <summary>Signed, 8 bits.</summary>
    Int8,

    /// <summary>Signed, 16 bits.</summary>
    Int16,

    /// <summary>Signed, 32 bits.</summary>
    Int32,

    /// <summary>Signed, 64 bits.</summary>
    Int64,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>What a number format means in bytes.</summary>
internal static class TorchDataTypes
{
    internal static int Size(this TorchDataType type) => type switch
    {
        TorchDataType.Float64 or TorchDataType.Int64 => 8,
        TorchDataType.Float32 or TorchDataType.Int32 => 4,
        TorchDataType.Float16 or TorchDataType.BFloat16 or TorchDataType.Int16 => 2,
        TorchDataType.Int8 or TorchDataType.UInt8 or TorchDataType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Little-endian numbers as float32: float64 and whole numbers beyond 2^24 are rounded.</summary>
    internal static float[] ToFloats(this TorchDataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        TorchDataType.Float32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        TorchDataType.Float64 => Each<double>(bytes, v => (float)v),
        TorchDataType.Float16 => Each<Half>(bytes, v => (float)v),
        TorchDataType.BFloat16 => Each<ushort>(bytes, v => BitConverter.UInt32BitsToSingle((uint)v << 16)),
        TorchDataType.Int8 => Each<sbyte>(bytes, v => v),
        TorchDataType.Int16 => Each<short>(bytes, v => v),
        TorchDataType.Int32 => Each<int>(bytes, v => v),
        TorchDataType.Int64 => Each<long>(bytes, v => v),
        TorchDataType.UInt8 => Each<byte>(bytes, v => v),
        TorchDataType.Bool => Each<byte>(bytes, v => v == 0 ? 0 : 1),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static float[] Each<T>(ReadOnlySpan<byte> bytes, Func<T, float> convert)
        where T : struct
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var floats = new float[values.Length];
        for (int i = 0; i < floats.Length; i++)
            floats[i] = convert(values[i]);
        return floats;
    }
}
