using Screener.Datasets.Layouts;
using Screener.Errors;

namespace Screener.Datasets;

/// <summary>A raw folder compared with its dataset's manifest, by names and headers.</summary>
/// <param name="Manifest">The dataset.</param>
/// <param name="Cases">The cases that were found.</param>
/// <param name="Ready">Cases against which nothing speaks.</param>
/// <param name="Oddities">What is missing, surplus, unusable or passed over.</param>
public sealed record DatasetCheck(
    DatasetManifest Manifest, IReadOnlyList<DatasetCase> Cases, int Ready, IReadOnlyList<DatasetOddity> Oddities)
{
    /// <summary>True if nothing is missing, surplus or unusable, and there are as many cases as the collection has.</summary>
    public bool IsComplete =>
        Ready > 0 && Ready == Cases.Count && Oddities.All(o => o.Kind == OddityKind.PassedOver)
            && (Manifest.Counts.Published is null || Manifest.Counts.Published == Cases.Count);

    /// <summary>What was counted beside what is expected, a sentence; with the paper's contradiction where it has one.</summary>
    public string Counts
    {
        get
        {
            var counts = Manifest.Counts;
            string expected = (counts.Published, counts.Paper) switch
            {
                (null, null) => "",
                ({ } all, null) => FormattableString.Invariant($"; the collection has {all:N0}"),
                (null, { } paper) => FormattableString.Invariant($"; the paper used {paper:N0}"),
                ({ } all, { } paper) => FormattableString.Invariant($"; the collection has {all:N0}, the paper used {paper:N0}"),
            };
            string text = FormattableString.Invariant(
                $"{Cases.Count:N0} {(Cases.Count == 1 ? "case" : "cases")} found, {Ready:N0} of them ready{expected} ({
                counts.Unit}{(counts.Verified ? "" : "; not confirmed from the source")}{(
                counts.Note is null ? "" : "; " + counts.Note)}).");
            return Manifest.Role == DatasetRole.Benchmark ? $"{text} {DatasetCatalogue.CountDiscrepancy}" : text;
        }
    }

    /// <summary>Compares a raw folder with a manifest.</summary>
    /// <param name="manifest">The dataset.</param>
    /// <param name="rawFolder">The folder.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <exception cref="MissingInputException">The folder, or a file that all cases need, is not there.</exception>
    /// <exception cref="ScreenerException">A file that all cases need is damaged or of another kind.</exception>
    public static DatasetCheck Of(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var contents = DatasetLayouts.Of(manifest).Find(manifest, rawFolder, progress, cancellation);
        return new DatasetCheck(manifest, contents.Cases, contents.Cases.Count(c => c.Problem is null), contents.Oddities);
    }
}
