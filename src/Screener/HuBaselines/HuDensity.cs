namespace Screener.HuBaselines;

/// <summary>Turns counts of HU per cell into densities.</summary>
internal static class HuDensity
{
    /// <summary>
    /// The densities per HU, [cells, bins]: each cell's histogram, smoothed and mixed with the smoothed histogram of all cells.
    /// </summary>
    internal static float[] FromCounts(long[] counts, int cells, HuBaselineOptions options)
    {
        int bins = options.Bins;
        double[] kernel = Kernel(options.DensitySigmaHu / options.BinHu);
        var all = new double[bins];
        int occupied = 0;
        for (int cell = 0; cell < cells; cell++)
        {
            bool any = false;
            for (int bin = 0; bin < bins; bin++)
            {
                all[bin] += counts[(cell * bins) + bin];
                any |= counts[(cell * bins) + bin] != 0;
            }

            occupied += any ? 1 : 0;
        }

        double total = 0;
        foreach (double n in all)
            total += n;
        double[] whole = Smooth(all, kernel);
        for (int bin = 0; bin < bins; bin++)
            whole[bin] = ((1 - options.Floor) * whole[bin] / total) + (options.Floor / bins);

        double prior = options.PriorWeight * total / occupied;
        var density = new float[cells * bins];
        var histogram = new double[bins];
        for (int cell = 0; cell < cells; cell++)
        {
            double size = 0;
            for (int bin = 0; bin < bins; bin++)
                size += histogram[bin] = counts[(cell * bins) + bin];
            double[] smooth = Smooth(histogram, kernel);
            for (int bin = 0; bin < bins; bin++)
                density[(cell * bins) + bin] = (float)((smooth[bin] + (prior * whole[bin])) / (size + prior) / options.BinHu);
        }

        return density;
    }

    private static double[] Kernel(double sigma)
    {
        var kernel = new double[(int)Math.Ceiling(3 * sigma) + 1];
        double sum = kernel[0] = 1;
        for (int i = 1; i < kernel.Length; i++)
        {
            kernel[i] = Math.Exp(-0.5 * i * i / (sigma * sigma));
            sum += 2 * kernel[i];
        }

        for (int i = 0; i < kernel.Length; i++)
            kernel[i] /= sum;
        return kernel;
    }

    /// <summary>Smooths without losing a voxel: what would fall off an end stays in the last bin.</summary>
    private static double[] Smooth(double[] histogram, double[] kernel)
    {
        var result = new double[histogram.Length];
        for (int bin = 0; bin < histogram.Length; bin++)
        {
            if (histogram[bin] == 0)
                continue;
            for (int k = 1 - kernel.Length; k < kernel.Length; k++)
                result[Math.Clamp(bin + k, 0, result.Length - 1)] += kernel[Math.Abs(k)] * histogram[bin];
        }

        return result;
    }
}
