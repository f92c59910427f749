using Screener.Errors;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>A mean over cases.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Interval">Percentile interval of means over patients drawn anew; null of fewer than two.</param>
public sealed record CaseMean(double Value, Interval? Interval);

/// <summary>A mean of differences on the same cases.</summary>
/// <param name="Value">First minus second.</param>
/// <param name="Interval">Percentile interval of means over patients drawn anew; null of fewer than two.</param>
/// <param name="P">How often a mean as far from 0 comes about if each patient's sign is chance (sign-flip test, two-sided).</param>
public sealed record CaseDifference(double Value, Interval? Interval, double P);

/// <summary>
/// Means of a number that each case has, with intervals, and paired tests between them. Cases of one patient are drawn, and change their
/// signs, together.
/// </summary>
public static class CaseMeans
{
    // All signs of so many patients are tried; of more, so many are drawn.
    private const int MostExact = 14, Drawn = 10_000;

    /// <summary>The mean and its interval.</summary>
    /// <param name="values">One for each case.</param>
    /// <param name="patients">Whose each case is.</param>
    /// <param name="replicates">Draws of as many patients, with replacement.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    /// <param name="random">Where draws come from.</param>
    /// <exception cref="OptionException">There is no case, or not a patient for each.</exception>
    public static CaseMean Of(
        IReadOnlyList<double> values, IReadOnlyList<string> patients, int replicates, double confidence, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        double[][] ofPatients = ByPatient(values, patients);
        var stream = random.Fork("means of cases");
        var means = new double[replicates];
        for (int r = 0; r < replicates; r++)
        {
            int cases = 0;
            for (int i = 0; i < ofPatients.Length; i++)
            {
                double[] drawn = ofPatients[stream.NextInt(ofPatients.Length)];
                means[r] += drawn.Sum();
                cases += drawn.Length;
            }

            means[r] /= cases;
        }

        return new CaseMean(values.Average(), ofPatients.Length < 2 ? null : CaseBootstrap.Percentiles(means, confidence));
    }

    /// <summary>First minus second, case by case.</summary>
    /// <inheritdoc cref="Of"/>
    /// <exception cref="OptionException">There are not as many of both.</exception>
    public static CaseDifference Compare(
        IReadOnlyList<double> first, IReadOnlyList<double> second, IReadOnlyList<string> patients, int replicates, double confidence,
        RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count)
            throw new OptionException(nameof(second), $"{second.Count} cases", $"{first.Count}, as of the first");
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        var (value, interval) = Of(differences, patients, replicates, confidence, random);
        double[] sums = [.. ByPatient(differences, patients).Select(p => p.Sum())];
        return new CaseDifference(value, interval, SignFlip(sums, random.Fork("signs of cases")));
    }

    private static double[][] ByPatient(IReadOnlyList<double> values, IReadOnlyList<string> patients)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(patients);
        if (values.Count == 0)
            throw new OptionException(nameof(values), "none", "at least one case");
        return patients.Count == values.Count
            ? [.. values.Zip(patients).GroupBy(c => c.Second, c => c.First, StringComparer.Ordinal).Select(g => g.ToArray())]
            : throw new OptionException(nameof(patients), $"{patients.Count}", $"{values.Count}, one for each case");
    }

    private static double SignFlip(double[] differences, RandomStream random)
    {
        // Sums that differ by rounding alone are as far from 0.
        double observed = Math.Abs(differences.Sum()) - (1e-12 * differences.Sum(Math.Abs));
        bool exact = differences.Length <= MostExact;
        int count = exact ? 1 << differences.Length : Drawn, far = 0;
        for (int n = 0; n < count; n++)
        {
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
                sum += (exact ? (n >> i & 1) == 0 : random.Chance(0.5)) ? differences[i] : -differences[i];
            far += Math.Abs(sum) >= observed ? 1 : 0;
        }

        return exact ? far / (double)count : (far + 1.0) / (count + 1);
    }
}
