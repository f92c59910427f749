namespace Screener.Reporting;

/// <summary>The four benchmarks of the paper (table 1).</summary>
public enum PaperBenchmark
{
    /// <summary>LIDC-IDRI: lung nodules.</summary>
    Lidc,

    /// <summary>MIDRC-RICORD-1a: COVID-19 pneumonia.</summary>
    Midrc,

    /// <summary>KiTS: kidney tumours.</summary>
    Kits,

    /// <summary>LiTS: liver tumours.</summary>
    Lits,
}

/// <summary>
/// What the paper reports for VICReg descriptors of 32 channels (arXiv 2502.08321v1, tables 2 to 4), to stand beside our own
/// numbers. Its data, training and hardware are other than ours: beside, not against.
/// </summary>
public static class PaperResults
{
    private static readonly Dictionary<(string Condition, string Density), double[][]> Table = new()
    {
        // AUROC; AUROC, FPR <= 0.3; AUPRO, FPR <= 0.3: each for LIDC, MIDRC, KiTS, LiTS.
        [("none", "gaussian")] = [[.81, .81, .61, .71], [.41, .47, .12, .22], [.46, .62, .13, .28]],
        [("sin-cos", "gaussian")] = [[.82, .80, .74, .77], [.45, .42, .26, .34], [.40, .50, .27, .32]],
        [("ape", "gaussian")] = [[.88, .80, .78, .86], [.67, .46, .34, .56], [.43, .38, .35, .55]],
        [("masking-invariant", "gaussian")] = [[.96, .84, .87, .90], [.90, .58, .58, .71], [.64, .41, .57, .48]],
        [("none", "flow")] = [[.96, .89, .88, .93], [.89, .68, .62, .78], [.67, .46, .62, .65]],
        [("sin-cos", "flow")] = [[.96, .89, .90, .94], [.89, .68, .69, .80], [.66, .46, .68, .66]],
        [("ape", "flow")] = [[.96, .88, .89, .94], [.87, .65, .67, .80], [.64, .43, .66, .66]],
        [("masking-invariant", "flow")] = [[.96, .87, .90, .93], [.88, .64, .68, .80], [.65, .40, .67, .63]],
    };

    /// <summary>The paper's numbers, or null if it has none for this combination.</summary>
    /// <param name="benchmark">The data set.</param>
    /// <param name="condition">none, sin-cos, ape or masking-invariant.</param>
    /// <param name="density">gaussian or flow.</param>
    public static QualityScores? Find(PaperBenchmark benchmark, string condition, string density) =>
        Table.TryGetValue((condition, density), out var row)
            ? new QualityScores(new(row[0][(int)benchmark]), new(row[1][(int)benchmark]), new(row[2][(int)benchmark]))
            : null;
}
