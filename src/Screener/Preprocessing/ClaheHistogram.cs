namespace Screener.Preprocessing;

/// <summary>Clipping and running sum of one region's histogram, bin for bin as in scikit-image 0.19.</summary>
internal static class ClaheHistogram
{
    /// <summary>Cuts bins at <paramref name="limit"/> and gives what was cut off to the bins below it.</summary>
    internal static void Clip(Span<int> histogram, long limit)
    {
        long excess = 0;
        foreach (ref int count in histogram)
        {
            if (count > limit)
            {
                excess += count - limit;
                count = (int)limit;
            }
        }

        if (excess == 0)
            return;

        // An equal share for every bin; those that come within a share of the limit are filled up to it.
        long share = excess / histogram.Length, upper = limit - share;
        foreach (ref int count in histogram)
        {
            if (count < upper)
            {
                count += (int)share;
                excess -= share;
            }

            if (count >= upper && count < limit)
            {
                excess -= limit - count;
                count = (int)limit;
            }
        }

        SpreadRest(histogram, limit, excess);
    }

    /// <summary>The map from bin to gray level: the part of voxels up to the bin, times <paramref name="maxGray"/>, rounded down.</summary>
    internal static void Accumulate(ReadOnlySpan<int> histogram, int maxGray, long voxels, Span<float> map)
    {
        double scale = (double)maxGray / voxels;
        long sum = 0;
        for (int bin = 0; bin < histogram.Length; bin++)
        {
            sum += histogram[bin];
            map[bin] = (float)Math.Floor(Math.Min(sum * scale, maxGray));
        }
    }

    // One voxel at a time to bins spaced widely enough to reach all of the range, starting one bin later each time.
    private static void SpreadRest(Span<int> histogram, long limit, long excess)
    {
        long below = 0;
        foreach (int count in histogram)
            below += count < limit ? 1 : 0;
        while (excess > 0 && below > 0)
        {
            for (int first = 0; first < histogram.Length && excess > 0; first++)
            {
                int step = (int)Math.Max(1, below / excess);
                for (int bin = first; bin < histogram.Length; bin += step)
                {
                    if (histogram[bin] >= limit)
                        continue;
                    histogram[bin]++;
                    excess--;
                    if (histogram[bin] == limit)
                        below--;
                }
            }
        }
    }
}
