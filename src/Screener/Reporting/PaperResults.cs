using Screener.Datasets;

namespace Screener.Reporting;

/// <summary>
/// What the paper reports (arXiv 2502.08321v1, tables 2 to 4), to stand beside our own numbers. Its data, training and
/// hardware are other than ours: beside, not against. The numbers stand in the datasets' manifests.
/// </summary>
public static class PaperResults
{
    /// <summary>The paper's numbers for VICReg descriptors of 32 channels, or null if it has none for this combination.</summary>
    /// <param name="dataset">The dataset, or one that stands for it.</param>
    /// <param name="condition">none, sin-cos, ape or masking-invariant.</param>
    /// <param name="density">gaussian or flow.</param>
    public static QualityScores? Find(DatasetManifest dataset, string condition, string density) =>
        DatasetCatalogue.PaperRows(dataset).FirstOrDefault(r => r.Condition == condition && r.Density == density) is { } row ? Scores(row) : null;

    internal static QualityScores Scores(PaperRow row) => new(new(row.Auroc), new(row.AurocLowFpr), new(row.AuproLowFpr));
}
