using System.Numerics;

namespace Screener.Evaluation;

/// <summary>Least-significant-digit radix sort of 32-bit keys: linear time, whatever the order of the input.</summary>
internal static class RadixSort
{
    private const int Bits = 8, Buckets = 1 << Bits, Digits = 4;

    /// <summary>Below this length the four histograms cost more than a comparison sort.</summary>
    private const int Small = 512;

    /// <summary>Sorts <paramref name="keys"/> ascending. <paramref name="scratch"/> is at least as long and is overwritten.</summary>
    internal static void Sort(Span<uint> keys, Span<uint> scratch) => Sort(keys, scratch, 0);

    /// <summary>
    /// Sorts <paramref name="items"/> by their high 32 bits, ascending; the order of equal ones is left open. <paramref name="scratch"/> is
    /// at least as long and is overwritten.
    /// </summary>
    internal static void SortByHighHalf(Span<ulong> items, Span<ulong> scratch) => Sort(items, scratch, 32);

    private static void Sort<T>(Span<T> items, Span<T> scratch, int lowBit)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (items.Length < Small)
        {
            items.Sort();
            return;
        }

        Span<int> histograms = stackalloc int[Digits * Buckets];
        histograms.Clear();
        foreach (T item in items)
        {
            uint key = uint.CreateTruncating(item >>> lowBit);
            histograms[(int)(key & 255)]++;
            histograms[(int)(256 + ((key >> 8) & 255))]++;
            histograms[(int)(512 + ((key >> 16) & 255))]++;
            histograms[(int)(768 + (key >> 24))]++;
        }

        Span<T> from = items, to = scratch[..items.Length];
        for (int digit = 0; digit < Digits; digit++)
        {
            var next = histograms.Slice(digit * Buckets, Buckets);
            int shift = lowBit + (digit * Bits);
            // Where all keys share a digit, the pass would only copy.
            if (next[(int)(uint.CreateTruncating(from[0] >>> shift) & 255)] == from.Length)
                continue;
            for (int bucket = 0, sum = 0; bucket < Buckets; bucket++)
            {
                int size = next[bucket];
                next[bucket] = sum;
                sum += size;
            }

            foreach (T item in from)
                to[next[(int)(uint.CreateTruncating(item >>> shift) & 255)]++] = item;
            var swap = from;
            from = to;
            to = swap;
        }

        if (!from.Overlaps(items))
            from.CopyTo(items);
    }
}
