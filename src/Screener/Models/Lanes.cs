using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Models;

/// <summary>Elements in memory as float32, one at a time or two vectors of them.</summary>
internal unsafe interface ILanes
{
    static abstract float Get(byte* data, long at);

    static abstract void Set(byte* data, long at, float value);

    static abstract (Vector<float> First, Vector<float> Second) Load(byte* data, long at);

    static abstract void Store(byte* data, long at, Vector<float> first, Vector<float> second);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Lanes : ILanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(byte* data, long at) => ((float*)data)[at];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* data, long at, float value) => ((float*)data)[at] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> First, Vector<float> Second) Load(byte* data, long at) =>
        (Vector.Load((float*)data + at), Vector.Load((float*)data + at + Vector<float>.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* data, long at, Vector<float> first, Vector<float> second)
    {
        Vector.Store(first, (float*)data + at);
        Vector.Store(second, (float*)data + at + Vector<float>.Count);
    }
}

/// <summary>bfloat16: the upper half of a float32, rounded to the nearest, halves to even.</summary>
internal readonly unsafe struct BFloat16Lanes : ILanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(byte* data, long at) => BitConverter.UInt32BitsToSingle((uint)((ushort*)data)[at] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* data, long at, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)data)[at] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> First, Vector<float> Second) Load(byte* data, long at)
    {
        Vector.Widen(Vector.Load((ushort*)data + at), out var first, out var second);
        return (Vector.AsVectorSingle(Vector.ShiftLeft(first, 16)), Vector.AsVectorSingle(Vector.ShiftLeft(second, 16)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* data, long at, Vector<float> first, Vector<float> second) =>
        Vector.Store(Vector.Narrow(Rounded(first), Rounded(second)), (ushort*)data + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Rounded(Vector<float> value)
    {
        var bits = Vector.AsVectorUInt32(value);
        return Vector.ShiftRightLogical(bits + new Vector<uint>(0x7FFF) + (Vector.ShiftRightLogical(bits, 16) & Vector<uint>.One), 16);
    }
}
