using Screener.Errors;

namespace Screener.Datasets;

/// <summary>The datasets that this library knows: the manifests of <c>data-manifests/</c>, which are part of it.</summary>
public static class DatasetCatalogue
{
    private const string Folder = "data-manifests/";

    private static readonly Lazy<IReadOnlyList<DatasetManifest>> Manifests = new(Load);

    /// <summary>All manifests: benchmarks, training sets, phantoms; by name within each.</summary>
    public static IReadOnlyList<DatasetManifest> All => Manifests.Value;

    /// <summary>
    /// What the paper says about its numbers of volumes, which do not add up; to be stated wherever they are shown.
    /// </summary>
    public static string CountDiscrepancy => FormattableString.Invariant(
        $"The paper's four benchmarks add up to {
        All.Where(m => m.Role == DatasetRole.Benchmark).Sum(m => m.Counts.Paper ?? 0):N0} volumes, but its abstract says {
        AbstractCount:N0}. Nobody has explained the difference.");

    /// <summary>The number of test volumes in the paper's abstract.</summary>
    public const int AbstractCount = 1820;

    /// <summary>The manifest of a name or alias.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    public static DatasetManifest Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(m => m.Id == name || m.Aliases.Contains(name))
            ?? throw new OptionException("dataset", $"'{name}'", string.Join(", ", All.Select(m => m.Id)), "Choose one of these.");
    }

    /// <summary>
    /// The rows of the paper's tables beside which results on a dataset are put: its own or those of the benchmark that it stands for.
    /// </summary>
    public static IReadOnlyList<PaperRow> PaperRows(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return (manifest.StandsFor is { } other ? Find(other) : manifest).Paper?.Results ?? [];
    }

    private static IReadOnlyList<DatasetManifest> Load()
    {
        var assembly = typeof(DatasetCatalogue).Assembly;
        var manifests = new List<DatasetManifest>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(
            n => n.StartsWith(Folder, StringComparison.Ordinal) && !n.EndsWith(".schema.json", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var manifest = DatasetManifest.Parse(bytes, resource);
            if (resource != $"{Folder}{manifest.Id}.json")
                throw new ManifestException(resource, $"the id '{manifest.Id}'", "the file's name", "Rename one of them.");
            manifests.Add(manifest);
        }

        return [.. manifests.OrderBy(m => m.Role).ThenBy(m => m.Id, StringComparer.Ordinal)];
    }
}
