using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Randomness;

namespace Screener.Augmentation;

/// <summary>Normal numbers many at a time (Box and Muller's transform, sixteen pairs per step).</summary>
internal static class GaussianNoise
{
    private const int Lanes = 16;

    /// <summary>Adds independent normal numbers of standard deviation <paramref name="sigma"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(Span<float> values, float sigma, RandomStream random)
    {
        Span<ulong> bits = stackalloc ulong[Lanes];
        ref float start = ref MemoryMarshal.GetReference(values);
        var scale = Vector512.Create(sigma);
        int i = 0;
        for (; i + (2 * Lanes) <= values.Length; i += 2 * Lanes)
        {
            var (a, b) = Pairs(bits, random);
            Vector512.FusedMultiplyAdd(a, scale, Vector512.LoadUnsafe(ref start, (nuint)i)).StoreUnsafe(ref start, (nuint)i);
            Vector512.FusedMultiplyAdd(b, scale, Vector512.LoadUnsafe(ref start, (nuint)(i + Lanes))).StoreUnsafe(
                ref start, (nuint)(i + Lanes));
        }

        if (i == values.Length)
            return;
        Span<float> last = stackalloc float[2 * Lanes];
        var (c, d) = Pairs(bits, random);
        c.CopyTo(last);
        d.CopyTo(last[Lanes..]);
        for (int j = 0; i < values.Length; i++, j++)
            values[i] += sigma * last[j];
    }

    private static (Vector512<float> A, Vector512<float> B) Pairs(Span<ulong> bits, RandomStream random)
    {
        for (int i = 0; i < bits.Length; i++)
            bits[i] = random.NextBits();
        var raw = MemoryMarshal.Cast<ulong, uint>(bits);
        const float Unit = 1f / (1 << 24);

        // 1 .. 2^24 over 2^24: never zero, so the logarithm is finite; the tail ends at 5.8 standard deviations.
        var u = (Vector512.ConvertToSingle(Vector512.ShiftRightLogical(Vector512.Create<uint>(raw), 8).AsInt32()) + Vector512<float>.One)
            * Unit;
        var angle = Vector512.ConvertToSingle(Vector512.ShiftRightLogical(Vector512.Create<uint>(raw[Lanes..]), 8).AsInt32())
            * (2 * MathF.PI * Unit);
        var radius = Vector512.Sqrt(Vector512.Max(Vector512.Log(u) * -2f, Vector512<float>.Zero));
        var (sin, cos) = Vector512.SinCos(angle);
        return (radius * cos, radius * sin);
    }
}
