using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Screener.Imaging;

/// <summary>Voxels stored as 16-bit whole numbers, as those of nearly every CT are.</summary>
internal static class Int16Voxels
{
    /// <summary>Turns them into HU, where no rescale is needed. Several times faster than TensorPrimitives.ConvertTruncating.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ReadOnlySpan<short> stored, Span<float> voxels)
    {
        int count = Vector<short>.Count, last = stored.Length - count;
        if (last < 0)
        {
            for (int i = 0; i < stored.Length; i++)
                voxels[i] = stored[i];
            return;
        }

        ref short from = ref MemoryMarshal.GetReference(stored);
        ref float to = ref MemoryMarshal.GetReference(voxels[..stored.Length]);

        // The last vector overlaps the one before: rows of a crop are short, and what is left over of each costs as much as the rest.
        for (int i = 0; ; i = Math.Min(i + count, last))
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out var low, out var high);
            Vector.ConvertToSingle(low).StoreUnsafe(ref to, (nuint)i);
            Vector.ConvertToSingle(high).StoreUnsafe(ref to, (nuint)(i + (count / 2)));
            if (i == last)
                return;
        }
    }
}
