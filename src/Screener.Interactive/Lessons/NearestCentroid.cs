using Screener.Errors;

namespace Screener.Interactive.Lessons;

/// <summary>Recognition without training: a row belongs to the label whose mean row is nearest.</summary>
public static class NearestCentroid
{
    /// <summary>How often rows from elsewhere are given their own label.</summary>
    /// <remarks>What all labels have in common here or there is taken off first: each side is centred on the mean of its labels'
    /// means.</remarks>
    /// <param name="known">Rows from which the labels' means are taken.</param>
    /// <param name="knownLabels">One per row.</param>
    /// <param name="asked">Rows to be recognised.</param>
    /// <param name="askedLabels">One per row.</param>
    /// <returns>0 to 1; by chance 1 / number of labels. NaN if no asked label is known.</returns>
    /// <exception cref="OptionException">There are not as many labels as rows.</exception>
    public static double Accuracy(FeatureRows known, IReadOnlyList<int> knownLabels, FeatureRows asked, IReadOnlyList<int> askedLabels)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(asked);
        if (known.Count != knownLabels.Count || asked.Count != askedLabels.Count)
            throw new OptionException(
                nameof(knownLabels), $"{knownLabels.Count} and {askedLabels.Count}", $"{known.Count} and {asked.Count}, one for each row");

        // Labels that are missing on either side cannot be recognised, and would move its centre.
        int[] labels = [.. knownLabels.Intersect(askedLabels).Order()];
        if (labels.Length == 0)
            return double.NaN;
        var here = Centred(Means(known, knownLabels, labels));
        var there = Means(asked, askedLabels, labels).Mean();
        double right = 0, all = 0;
        for (int row = 0; row < asked.Count; row++)
        {
            int label = Array.IndexOf(labels, askedLabels[row]);
            if (label < 0)
                continue;
            float[] vector = [.. asked[row]];
            for (int i = 0; i < vector.Length; i++)
                vector[i] -= there[i];
            right += here.NearestTo(vector) == label ? 1 : 0;
            all++;
        }

        return right / all;
    }

    private static FeatureRows Means(FeatureRows rows, IReadOnlyList<int> of, int[] labels) =>
        new([.. labels.SelectMany(label => rows.Select(Enumerable.Range(0, rows.Count).Where(i => of[i] == label)).Mean())], rows.Channels);

    private static FeatureRows Centred(FeatureRows rows)
    {
        float[] mean = rows.Mean();
        return new FeatureRows([.. rows.Values.Select((v, i) => v - mean[i % rows.Channels])], rows.Channels);
    }
}
