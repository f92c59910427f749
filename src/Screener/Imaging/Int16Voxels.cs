using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Imaging;

/// <summary>Voxels stored as 16-bit whole numbers, as those of nearly every CT are.</summary>
internal static class Int16Voxels
{
    /// <summary>Turns them into HU, where no rescale is needed. Several times faster than TensorPrimitives.ConvertTruncating.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ReadOnlySpan<short> stored, Span<float> voxels)
    {
        int i = 0;
        for (; i <= stored.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(stored[i..]), out var low, out var high);
            Vector.ConvertToSingle(low).CopyTo(voxels[i..]);
            Vector.ConvertToSingle(high).CopyTo(voxels[(i + Vector<int>.Count)..]);
        }

        for (; i < stored.Length; i++)
            voxels[i] = stored[i];
    }
}
