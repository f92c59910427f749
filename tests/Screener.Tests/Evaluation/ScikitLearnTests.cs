using System.Globalization;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Evaluation;

/// <summary>The same maps, scored by scikit-learn and scipy.</summary>
public sealed class ScikitLearnTests
{
    // roc_auc_score's max_fpr rescales the area so that chance is 0.5; the paper's does not, so it is integrated here.
    private const string Script = """
        import sys, numpy as np, scipy.ndimage as nd
        from sklearn.metrics import roc_auc_score, roc_curve
        folder, d, h, w, limit = sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5])
        s = np.fromfile(folder + '/scores', np.float32).astype(np.float64)
        l = np.fromfile(folder + '/lesions', np.uint8) != 0
        def area(x, y):
            stop = np.searchsorted(x, limit, 'right')
            y = np.append(y[:stop], np.interp(limit, x, y)); x = np.append(x[:stop], limit)
            return np.trapz(y, x) / limit
        fpr, tpr, thresholds = roc_curve(l, s, drop_intermediate=False)
        labels, n = nd.label(l.reshape(d, h, w), np.ones((3, 3, 3)))
        labels = labels.ravel()
        pro = np.zeros(len(thresholds))
        for i in range(1, n + 1):
            own = np.sort(-s[labels == i])
            pro += np.searchsorted(own, -thresholds, 'right') / len(own)
        for value in (roc_auc_score(l, s), area(fpr, tpr), area(fpr, pro / n)):
            print(repr(float(value)))
        """;

    [Theory]
    [InlineData("random", 0.1, 0, 0.3)]
    [InlineData("quantised", 0.1, 8, 0.3)]
    [InlineData("tied", 0.3, 0.7, 0.3)]
    [InlineData("imbalanced", 0.0005, 0, 0.3)]
    [InlineData("mostly lesion", 0.97, 3, 0.05)]
    public void WithinAMillionth(string name, double rate, double levels, double limit)
    {
        using var folder = new TemporaryFolder();
        var shape = new VolumeShape(20, 37, 41);
        var c = ScoreCase.Random(name, new RandomStream((ulong)name.Length), shape, rate, levels);
        RawFloats.Write(folder["scores"], c.Scores);
        File.WriteAllBytes(folder["lesions"], c.Lesions);
        var printed = PythonOracle.Run(
            ["sklearn", "scipy"], Script, folder.FullName, "20", "37", "41", limit.ToString(CultureInfo.InvariantCulture));
        double[] expected = Array.ConvertAll(
            printed.Split('\n', StringSplitOptions.RemoveEmptyEntries), v => double.Parse(v, CultureInfo.InvariantCulture));

        var result = ScoreCase.Evaluate([c], new EvaluationOptions { FprLimit = limit });
        Assert.Equal(expected[0], result.Auroc.Value!.Value, 1e-9);
        Assert.Equal(expected[1], result.AurocAtLimit.Value!.Value, 1e-9);
        Assert.Equal(expected[2], result.AuproAtLimit.Value!.Value, 1e-9);
        Assert.Equal(expected[0], RocCurve.Auroc(c.Scores, c.Lesions), 1e-9);
        Assert.Equal(expected[1], RocCurve.AurocAtLimit(c.Scores, c.Lesions, limit), 1e-9);
    }
}
