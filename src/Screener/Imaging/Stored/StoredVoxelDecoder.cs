using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Screener.Imaging.Stored;

/// <summary>Turns stored voxels into numbers: byte order, type, slope and intercept.</summary>
/// <remarks>The loops are optimised at their first call, because a program that screens one volume makes few calls.</remarks>
internal static class StoredVoxelDecoder
{
    /// <summary>Decodes whole voxels. Scaling is done in double precision and rounded once.</summary>
    /// <param name="header">What the bytes are.</param>
    /// <param name="block">Stored voxels; their byte order is changed in place.</param>
    /// <param name="voxels">As many numbers as <paramref name="block"/> has voxels.</param>
    internal static void Decode(StoredHeader header, Span<byte> block, Span<float> voxels)
    {
        if (header.IsBigEndian == BitConverter.IsLittleEndian)
            ReverseEndianness(block, header.DataType.Size());
        switch (header.DataType)
        {
            case VoxelType.UInt8: Convert<byte>(header, block, voxels); break;
            case VoxelType.Int8: Convert<sbyte>(header, block, voxels); break;
            case VoxelType.Int16 when !header.IsScaled: Int16Voxels.Widen(MemoryMarshal.Cast<byte, short>(block), voxels); break;
            case VoxelType.Int16: Convert<short>(header, block, voxels); break;
            case VoxelType.UInt16: Convert<ushort>(header, block, voxels); break;
            case VoxelType.Int32: Convert<int>(header, block, voxels); break;
            case VoxelType.UInt32: Convert<uint>(header, block, voxels); break;
            case VoxelType.Int64: Convert<long>(header, block, voxels); break;
            case VoxelType.UInt64: Convert<ulong>(header, block, voxels); break;
            case VoxelType.Float32 when !header.IsScaled: MemoryMarshal.Cast<byte, float>(block).CopyTo(voxels); break;
            case VoxelType.Float32: Convert<float>(header, block, voxels); break;
            default: Convert<double>(header, block, voxels); break;
        }
    }

    /// <summary>The first number that is not finite, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int IndexOfNonFinite(ReadOnlySpan<float> voxels)
    {
        int i = 0;
        for (; i <= voxels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            // x - x is 0 for every finite number and NaN for the others.
            var x = new Vector<float>(voxels[i..]);
            if (!Vector.EqualsAll(x - x, Vector<float>.Zero))
                break;
        }

        for (; i < voxels.Length; i++)
        {
            if (!float.IsFinite(voxels[i]))
                return i;
        }

        return -1;
    }

    private static void ReverseEndianness(Span<byte> block, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(block);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, int>(block);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(block);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert<T>(StoredHeader header, ReadOnlySpan<byte> block, Span<float> voxels)
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(block)[..voxels.Length];
        double slope = header.Slope, intercept = header.Intercept;
        if (header.IsScaled)
        {
            for (int i = 0; i < voxels.Length; i++)
                voxels[i] = (float)((double.CreateTruncating(stored[i]) * slope) + intercept);
        }
        else
        {
            for (int i = 0; i < voxels.Length; i++)
                voxels[i] = (float)double.CreateTruncating(stored[i]);
        }
    }
}
