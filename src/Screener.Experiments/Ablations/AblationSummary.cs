using System.Text.Json;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>
/// What a grid says: averages over seeds, every comparison that changes one thing or is with what stands beside, and the paper's
/// orderings.
/// Equal for equal results; holds no times.
/// </summary>
public sealed record AblationSummary
{
    private const int CurrentSchema = 1;

    /// <summary>Version of this file's layout.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The grid.</summary>
    public required AblationGrid Grid { get; init; }

    /// <summary>The keys of the cells it rests on.</summary>
    public required IReadOnlyList<string> Cells { get; init; }

    /// <summary>What each combination, each baseline and each finished model gave on each cohort.</summary>
    public required IReadOnlyList<AblationAverage> Averages { get; init; }

    /// <summary>
    /// Every two things of a list, everything else being equal, and everything against what stands beside; per cohort, then the mean of the
    /// cohorts.
    /// </summary>
    public required IReadOnlyList<AblationComparison> Comparisons { get; init; }

    /// <summary>What the paper found, and whether it is so here.</summary>
    public required IReadOnlyList<PaperOrdering> Orderings { get; init; }

    /// <summary>Compares results, all or those that have arrived.</summary>
    /// <param name="grid">Their grid.</param>
    /// <param name="results">The results, each with what its bootstrap needs, as runs and <see cref="AblationResultFile"/> give them; in
    /// any order.</param>
    /// <param name="cancellation">Stops the bootstrap.</param>
    public static AblationSummary Of(AblationGrid grid, IReadOnlyList<AblationResult> results, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(results);
        var comparer = new AblationComparer(grid, results, cancellation);
        var comparisons = comparer.Comparisons();
        return new AblationSummary
        {
            Grid = grid,
            Cells = [.. comparer.Results.Select(r => r.Key)],
            Averages = comparer.Averages(),
            Comparisons = comparisons,
            Orderings = PaperOrdering.Of(comparer.Results, comparisons),
        };
    }

    /// <summary>Writes the summary.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, StoredJson.Settings) + "\n");

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ManifestException">It is damaged, of another kind or of another version.</exception>
    public static AblationSummary Read(string path) => StoredJson.Read<AblationSummary>(
        path, "the comparison that 'screener ablate' wrote", "Check the path, or run the grid.",
        "Run the grid again; cells that are done are kept.", CurrentSchema);
}
