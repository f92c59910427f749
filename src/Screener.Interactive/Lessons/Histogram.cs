using Screener.Errors;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>How numbers are spread, as a curve.</summary>
public static class Histogram
{
    /// <summary>
    /// The fraction of the numbers in each of equal bins, as steps. What lies outside the range is not drawn, but counts: the curve then
    /// holds less than the whole.
    /// </summary>
    /// <param name="name">The curve's name.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="low">The lower end of the first bin.</param>
    /// <param name="high">The upper end of the last bin.</param>
    /// <param name="bins">The number of bins.</param>
    /// <exception cref="OptionException">The range is empty or there is no bin.</exception>
    public static LineSeries Of(string name, IReadOnlyCollection<double> values, double low, double high, int bins = 40)
    {
        ArgumentNullException.ThrowIfNull(values);
        OptionException.ThrowIfOutside(nameof(bins), bins, 1, 10_000);
        if (!(low < high))
            throw new OptionException(nameof(high), $"{high}", $"more than {low}");
        var counts = new double[bins];
        foreach (double value in values.Where(v => v >= low && v <= high))
            counts[Math.Min((int)((value - low) / (high - low) * bins), bins - 1)]++;
        double width = (high - low) / bins;
        return new LineSeries(
            name,
            [.. Enumerable.Range(0, 2 * bins).Select(i => low + ((i + 1) / 2 * width))],
            [.. Enumerable.Range(0, 2 * bins).Select(i => counts[i / 2] / values.Count)]);
    }
}
