using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Baselines;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>Which cells a grid has.</summary>
public enum AblationDesign
{
    /// <summary>Every descriptor with every condition and every density.</summary>
    Full,

    /// <summary>
    /// The first of each list together, and every other one with the first of the other lists: one thing is changed at a time.
    /// </summary>
    OneAtATime,
}

/// <summary>A descriptor to compare.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Options">What differs from the profile's <see cref="PretrainingOptions"/>, preprocessing included; null for
/// nothing.</param>
/// <param name="File">A network that 'screener pretrain descriptor' wrote, to take in place of training one; its own options count.</param>
public sealed record AblationDescriptor(string Name, JsonObject? Options = null, string? File = null);

/// <summary>A condition to compare.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Kind">The condition: one of the library by its name, or one of your own.</param>
/// <param name="Options">What differs from the profile's options: <see cref="PretrainingOptions"/> of the network that it asks, or else
/// the condition's own; null for nothing.</param>
/// <param name="File">A trained network of the stage that it asks, to take in place of training one.</param>
public sealed record AblationCondition(string Name, Condition Kind, JsonObject? Options = null, string? File = null);

/// <summary>A density to compare.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Kind">Its family. With none of its options set, it is as the profile has it.</param>
/// <param name="Options">What differs from the profile's <see cref="DensityFittingOptions"/>; null for nothing. Options of a density of
/// your own stand in the kind: <c>{ "kind": "mine", "width": 3 }</c>.</param>
public sealed record AblationDensity(string Name, DensityOptions Kind, JsonObject? Options = null);

/// <summary>A baseline to set beside: trained on the same CTs with each network seed, and a row of its own.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Kind">The baseline. With none of its options set, it is as the profile has it.</param>
/// <param name="Options">What differs from the profile's options of it; null for nothing.</param>
public sealed record AblationBaseline(string Name, BaselineOptions Kind, JsonObject? Options = null);

/// <summary>A finished model to set beside: nothing of it is trained, and it is a row of its own.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="File">What 'screener fit', 'screener ensemble' or 'screener distil' wrote, from the working directory.</param>
/// <param name="Method">Which of its maps: a density, or one of those beside.</param>
/// <param name="Overlap">The fraction of a window that the next one covers again; null as the method has it, whatever the grid's.</param>
public sealed record AblationModel(string Name, string File, string Method = EnsembleMethod.MethodName, double? Overlap = null);

/// <summary>
/// What to compare, as data: descriptors x conditions x densities x seeds on some cohorts (paper, tables 3 and 4), and baselines and
/// finished models beside them. One readable JSON file; <see cref="ShippedNames"/> are part of the library, and
/// <see cref="AblationRunner"/> runs it.
/// </summary>
public sealed record AblationGrid
{
    private const string Folder = "ablations/", Kind = "a grid of ablations (JSON)",
        Remedy = "See 'screener ablate --print-grid quick' for its members.";

    /// <summary>The names of the grids that are part of the library.</summary>
    public static IReadOnlyList<string> ShippedNames { get; } =
        [.. typeof(AblationGrid).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)).Select(
            n => Path.GetFileNameWithoutExtension(n)).Order(StringComparer.Ordinal)];

    /// <summary>Its name in reports.</summary>
    public required string Name { get; init; }

    /// <summary>The options that names below change: "quick" or "paper".</summary>
    public string Profile { get; init; } = "quick";

    /// <summary>Which cells there are.</summary>
    public AblationDesign Design { get; init; }

    /// <summary>
    /// The CTs for training, as 'screener prepare' takes them: a cohort of phantoms, a dataset that 'screener import' wrote, CT
    /// files.
    /// </summary>
    public required IReadOnlyList<string> TrainingData { get; init; }

    /// <summary>Folders of the test cohorts, as <see cref="Datasets.AnnotatedCohort.Open"/> takes them, each of another name.</summary>
    public required IReadOnlyList<string> TestData { get; init; }

    /// <summary>The descriptors.</summary>
    public required IReadOnlyList<AblationDescriptor> Descriptors { get; init; }

    /// <summary>The conditions.</summary>
    public required IReadOnlyList<AblationCondition> Conditions { get; init; }

    /// <summary>The densities.</summary>
    public required IReadOnlyList<AblationDensity> Densities { get; init; }

    /// <summary>What the combinations of those stand beside; none if not given.</summary>
    public IReadOnlyList<AblationBaseline> Baselines { get; init; } = [];

    /// <summary>Finished models that all of it stands beside, too; none if not given.</summary>
    public IReadOnlyList<AblationModel> Models { get; init; } = [];

    /// <summary>Each trains networks of its own.</summary>
    public IReadOnlyList<ulong> NetworkSeeds { get; init; } = [2502];

    /// <summary>Each fits densities of its own over every network.</summary>
    public IReadOnlyList<ulong> DensitySeeds { get; init; } = [1, 2, 3];

    /// <summary>
    /// Windows of a training volume from which densities are fitted, drawn once from those that cover it without overlap; 0 takes all.
    /// </summary>
    public int WindowsPerVolume { get; init; }

    /// <summary>Positions of a window's pooled map that a step takes, as a random box along [D, H, W]; null takes the whole map.</summary>
    public VolumeShape? PositionsPerWindow { get; init; }

    /// <summary>
    /// The fraction of a window that the next one covers again in evaluation, [0, 0.9]; the paper's 0.5 takes three times the work of 0.25.
    /// </summary>
    public double Overlap { get; init; } = SlidingWindowOptions.Paper.Overlap;

    /// <summary>The metrics and their bootstrap.</summary>
    public EvaluationOptions Evaluation { get; init; } = EvaluationOptions.Paper;

    /// <summary>Draws windows and bootstrap replicates: the same cases for every cell.</summary>
    public ulong Seed { get; init; } = 2502;

    /// <summary>A grid that is part of the library; give it your data by <c>with { TrainingData = ..., TestData = ... }</c>.</summary>
    /// <exception cref="OptionException">There is none of that name.</exception>
    public static AblationGrid Shipped(string name)
    {
        using var stream = typeof(AblationGrid).Assembly.GetManifestResourceStream($"{Folder}{name}.json")
            ?? throw new OptionException("grid", $"'{name}'", string.Join(" or ", ShippedNames));
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), name);
    }

    /// <summary>Reads a grid's file.</summary>
    /// <exception cref="MissingInputException">It is not there or cannot be read.</exception>
    /// <exception cref="ManifestException">It is damaged, or says something that is no grid.</exception>
    /// <exception cref="OptionException">A value in it is out of range.</exception>
    public static AblationGrid Read(string path)
    {
        var grid = StoredJson.Read<AblationGrid>(path, Kind, "Check the path; 'screener ablate --print-grid quick' prints one.", Remedy);
        grid.Validate();
        return grid;
    }

    /// <summary>Reads a grid from JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <inheritdoc cref="Read"/>
    public static AblationGrid Parse(string json, string source = "grid")
    {
        var grid = StoredJson.Parse<AblationGrid>(Encoding.UTF8.GetBytes(json), source, Kind, Remedy);
        grid.Validate();
        return grid;
    }

    /// <summary>The grid as text that <see cref="Parse"/> takes.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StoredJson.Settings);

    /// <summary>Checks everything that can be checked without the data.</summary>
    /// <exception cref="OptionException">A value is missing, twice there, unknown or out of range; the message names it.</exception>
    public void Validate()
    {
        if (Profile is not ("quick" or "paper"))
            throw new OptionException("AblationGrid.Profile", $"'{Profile}'", "quick or paper");
        if (!Enum.IsDefined(Design))
            throw new OptionException("AblationGrid.Design", $"{(int)Design}", "Full or OneAtATime");
        RequireNames(nameof(TrainingData), TrainingData);
        RequireNames(nameof(TestData), TestData);
        RequireNames(nameof(Descriptors), [.. Descriptors.Select(d => d.Name)]);
        RequireNames(nameof(Conditions), [.. Conditions.Select(c => c.Name)]);
        RequireNames(nameof(Densities), [.. Densities.Select(d => d.Name)]);
        if (Baselines.Count > 0)
            RequireNames(nameof(Baselines), [.. Baselines.Select(b => b.Name)]);
        if (Models.Count > 0)
        {
            RequireNames(nameof(Models), [.. Models.Select(m => m.Name)]);
            foreach (var model in Models)
            {
                if (string.IsNullOrWhiteSpace(model.File))
                    throw new OptionException("AblationGrid.Models", $"'{model.Name}' without a file", "the file of a finished model");
                OptionException.ThrowIfOutside("AblationGrid.Models.Overlap", model.Overlap ?? 0, 0.0, 0.9);
            }

            RequireDifferent(nameof(Models), Models, m => m.Name, m => new { File = Path.GetFullPath(m.File), m.Method, m.Overlap });
        }

        RequireNames(nameof(NetworkSeeds), [.. NetworkSeeds.Select(s => $"{s}")]);
        RequireNames(nameof(DensitySeeds), [.. DensitySeeds.Select(s => $"{s}")]);
        if (NetworkSeeds.Count > 1 && Descriptors.FirstOrDefault(d => d.File is not null) is { } ready)
            throw new OptionException(
                "AblationGrid.NetworkSeeds", $"{NetworkSeeds.Count} seeds, and the ready network of '{ready.Name}'",
                "one seed where a descriptor is a file", "The same network would count as several.");
        OptionException.ThrowIfOutside("AblationGrid.WindowsPerVolume", WindowsPerVolume, 0, 1_000_000);
        OptionException.ThrowIfOutside("AblationGrid.Overlap", Overlap, 0.0, 0.9);
        Evaluation.Validate();
        OptionException.ThrowIfOutside("AblationGrid.Evaluation.BootstrapReplicates", Evaluation.BootstrapReplicates, 10, 1_000_000);
        if (AblationPlan.Cells(this).DistinctBy(c => (c.Descriptor, c.Condition, c.Density, c.IsFinished)).GroupBy(c => c.Row)
            .FirstOrDefault(g => g.Count() > 1) is { } row)
            throw new OptionException("AblationGrid", $"two rows called '{row.Key}'", "rows of different names", "Rename one of them.");
        foreach (var density in Densities)
            AblationPlan.FittingOf(this, density, seed: 0);
        foreach (var descriptor in Descriptors)
            AblationPlan.TrainingOf(this, descriptor, seed: 0);
        foreach (var condition in Conditions)
            AblationPlan.Check(this, condition);
        RequireDifferent(nameof(Baselines), Baselines, b => b.Name, b => AblationPlan.BaselineOf(this, b, seed: 0));
        RequireDifferent(nameof(Densities), Densities, d => d.Name, d => (object)AblationPlan.FittingOf(this, d, seed: 0));
        RequireDifferent(
            nameof(Descriptors), Descriptors, d => d.Name,
            d => d.File is { } file ? Path.GetFullPath(file) : AblationPlan.TrainingOf(this, d, seed: 0));
    }

    /// <summary>Checks that no two are one: one result under two names would be made twice and compared with itself.</summary>
    /// <exception cref="OptionException">Two are.</exception>
    internal static void RequireDifferent<T>(string member, IReadOnlyList<T> things, Func<T, string> name, Func<T, object> content)
    {
        if (things.GroupBy(t => ContentKey.Of(content(t))).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new OptionException(
                $"AblationGrid.{member}", $"{string.Join(" and ", same.Select(t => $"'{name(t)}'"))}, which are the same",
                "things that differ", "Leave one out, or change its options; what an option is by default need not be said.");
    }

    private static void RequireNames(string member, IReadOnlyList<string> names)
    {
        if (names.Count == 0 || names.Any(string.IsNullOrWhiteSpace)
            || names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != names.Count)
            throw new OptionException(
                $"AblationGrid.{member}", names.Count == 0 ? "none" : string.Join(", ", names.Select(n => $"'{n}'")),
                "one or more, none empty, all different");
    }
}
