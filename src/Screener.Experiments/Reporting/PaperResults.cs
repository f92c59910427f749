using Screener.Baselines;
using Screener.Datasets;
using Screener.Storage;

namespace Screener.Reporting;

/// <summary>
/// What the paper reports (arXiv 2502.08321v1, tables 2 to 4), to stand beside our own numbers. Its data, training and
/// hardware are other than ours: they give orientation. The numbers stand in the datasets' manifests.
/// </summary>
public static class PaperResults
{
    /// <summary>The paper's numbers for VICReg descriptors of 32 channels, or null if it has none for this combination.</summary>
    /// <param name="dataset">The dataset, or one that stands for it.</param>
    /// <param name="condition">none, sin-cos, ape or masking-invariant; null for one that the paper does not have.</param>
    /// <param name="density">gaussian or flow; null for one that the paper does not have.</param>
    public static QualityScores? Find(DatasetManifest dataset, string? condition, string? density) =>
        condition is not null && density is not null
        && DatasetCatalogue.PaperRows(dataset).FirstOrDefault(r => r.Condition == condition && r.Density == density) is { } row
            ? Scores(row)
            : null;

    /// <summary>The paper's numbers for any of its descriptors (tables 3 and 4), or null if it has none for this combination.</summary>
    /// <param name="dataset">The dataset, or one that stands for it.</param>
    /// <param name="descriptor">VICReg-32, VICReg-128, SimCLR-32.</param>
    /// <param name="condition">none, sin-cos, ape or masking-invariant; null for one that the paper does not have.</param>
    /// <param name="density">gaussian or flow; null for one that the paper does not have.</param>
    public static QualityScores? Find(DatasetManifest dataset, string descriptor, string? condition, string? density) =>
        descriptor == "VICReg-32"
        ? Find(dataset, condition, density)
        : DatasetCatalogue.PaperRows(dataset).FirstOrDefault(
            r => r.Method.Equals($"{descriptor}, {condition}, {density}", StringComparison.OrdinalIgnoreCase)) is { } row
            ? Scores(row)
            : null;

    /// <summary>The paper's numbers for a method that it compares with, whatever its hyphens; null if it has none.</summary>
    /// <param name="dataset">The dataset, or one that stands for it.</param>
    /// <param name="kind">autoencoder, f-anogan and so on.</param>
    public static QualityScores? FindBaseline(DatasetManifest dataset, string kind)
    {
        string name = Letters(Kinds<BaselineOptions>.Find(kind)?.PaperName ?? kind);
        return DatasetCatalogue.PaperRows(dataset).FirstOrDefault(r => Letters(r.Method) == name) is { } row ? Scores(row) : null;

        static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
    }

    internal static QualityScores Scores(PaperRow row) => new(new(row.Auroc), new(row.AurocLowFpr), new(row.AuproLowFpr));
}
