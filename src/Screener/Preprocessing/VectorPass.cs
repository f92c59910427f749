using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Screener.Preprocessing;

/// <summary>What <see cref="VectorPass"/> does with each value.</summary>
internal interface IVectorOperation
{
    Vector512<float> Apply(Vector512<float> x);
}

/// <summary>One pass over values in place, sixteen at a time, that also finds the smallest and the largest result.</summary>
internal static class VectorPass
{
    /// <summary>Replaces every value by its result, and widens [low, high] to hold all results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ForEach<TOperation>(Span<float> values, TOperation operation, ref float low, ref float high)
        where TOperation : struct, IVectorOperation
    {
        ref float start = ref MemoryMarshal.GetReference(values);
        Vector512<float> lows = Vector512.Create(low), highs = Vector512.Create(high);
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            var x = operation.Apply(Vector512.LoadUnsafe(ref start, (nuint)i));
            lows = Vector512.MinNative(lows, x);
            highs = Vector512.MaxNative(highs, x);
            x.StoreUnsafe(ref start, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            // The same arithmetic for the last few: a value's result must not depend on where it stands.
            var x = operation.Apply(Vector512.Create(values[i]));
            lows = Vector512.MinNative(lows, x);
            highs = Vector512.MaxNative(highs, x);
            values[i] = x.ToScalar();
        }

        for (int lane = 0; lane < Vector512<float>.Count; lane++)
        {
            low = Math.Min(low, lows[lane]);
            high = Math.Max(high, highs[lane]);
        }
    }
}
