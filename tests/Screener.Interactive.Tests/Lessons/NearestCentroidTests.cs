using Screener.Errors;
using Screener.Interactive.Lessons;
using Screener.Randomness;

namespace Screener.Tests.Interactive.Lessons;

public sealed class NearestCentroidTests
{
    [Fact]
    public void WhatEachLabelKeepsIsRecognisedWhateverAllOfThemShift()
    {
        var random = new RandomStream(1);
        int[] labels = [.. Enumerable.Range(0, 400).Select(i => i % 4)];
        FeatureRows Draw(double own, double shift) => new(
            [.. labels.SelectMany(
                l => Enumerable.Range(0, 5).Select(c => (float)((c == l ? own : 0) + shift + (0.3 * random.NextGaussian()))))], 5);
        Assert.InRange(NearestCentroid.Accuracy(Draw(2, 0), labels, Draw(2, 50), labels), 0.95, 1);
        Assert.InRange(NearestCentroid.Accuracy(Draw(0, 0), labels, Draw(0, 50), labels), 0.15, 0.35);
    }

    [Fact]
    public void LabelsOfOneSideOnlyAreLeftOut()
    {
        var known = new FeatureRows([0, 10, 100], 1);
        Assert.Equal(1, NearestCentroid.Accuracy(known, [0, 1, 2], new FeatureRows([-1, 11, 55], 1), [0, 1, 3]));
        Assert.Equal(double.NaN, NearestCentroid.Accuracy(known, [0, 1, 2], new FeatureRows([1], 1), [9]));
        Assert.Throws<OptionException>(() => NearestCentroid.Accuracy(known, [0, 1], known, [0, 1, 2]));
    }
}
