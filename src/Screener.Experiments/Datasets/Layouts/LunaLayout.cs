using System.Globalization;
using System.IO.Enumeration;
using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Datasets.Layouts;

/// <summary>
/// LUNA16: scans of LIDC-IDRI as MetaImage, each called by its series, and one table of nodules for all. A scan without a row has no
/// nodule.
/// </summary>
internal sealed class LunaLayout : IDatasetLayout
{
    private const string Table = "annotations.csv";

    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        var oddities = new List<DatasetOddity>();

        // The nearest to the root: copies lie in the folder of the evaluation script.
        var tables = files.Where(f => Path.GetFileName(f.Name) == Table)
            .OrderBy(f => f.Name.Count(c => c == '/')).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
        if (tables.Count == 0)
            throw new MissingInputException(
                rawFolder, $"no {Table}", "LUNA16's table of nodules", "Download it into the raw folder.");
        var nodules = NoduleBalls.Read(tables[0].Path);
        oddities.AddRange(
            tables.Skip(1).Select(t => new DatasetOddity(OddityKind.Surplus, t.Name, $"a second table; {tables[0].Name} is taken")));
        var byName = files.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var cases = new SortedDictionary<string, LunaCase>(StringComparer.Ordinal);
        foreach (var image in files.Where(f => f.Name.EndsWith(".mhd", StringComparison.OrdinalIgnoreCase) && !IsCompanion(f)))
        {
            string series = Path.GetFileNameWithoutExtension(image.Name);
            if (cases.TryGetValue(series, out var other))
            {
                oddities.Add(
                    new DatasetOddity(OddityKind.Surplus, image.Name, $"a second scan of its series; {other.Image.Name} is taken"));
                continue;
            }

            string stem = image.Name[..^".mhd".Length];
            var data = byName.GetValueOrDefault(stem + ".raw") ?? byName.GetValueOrDefault(stem + ".zraw");
            cases.Add(
                series,
                new LunaCase(DatasetCase.CleanId(series), image, data, tables[0], nodules.GetValueOrDefault(series) ?? [])
                {
                    Problem = data is null ? "no .raw or .zraw file beside the header" : null,
                });
        }

        var absent = nodules.Where(n => !cases.ContainsKey(n.Key)).ToList();
        if (absent.Count > 0)
        {
            oddities.Add(
                new DatasetOddity(
                    OddityKind.Missing, tables[0].Name,
                    $"the scans of {absent.Count} series with {absent.Sum(n => n.Value.Count)} nodules are not there: the first is "
                    + $"{absent.Min(n => n.Key)}"));
        }

        var used = cases.Values.SelectMany(c => c.Files).Concat(tables).ToHashSet();
        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Where(f => !used.Contains(f))));
        progress?.Report(1);
        return new DatasetContents([.. cases.Values.OrderBy(c => c.Id, StringComparer.Ordinal)], oddities);

        // Lungs' masks are called like their scans.
        bool IsCompanion(RawFile file) => manifest.Companions.Any(p => FileSystemName.MatchesSimpleExpression(p, file.Name));
    }

    private sealed record LunaCase(string Id, RawFile Image, RawFile? Data, RawFile Nodules, IReadOnlyList<NoduleBall> Balls)
        : DatasetCase(Id, Data is null ? [Image, Nodules] : [Image, Data, Nodules])
    {
        internal override long EstimateVoxels()
        {
            try
            {
                return VolumeFiles.ReadHeader(Image.Path).Header.Shape.VoxelCount;
            }
            catch (ScreenerException)
            {
                // Reading it will say why.
                return 0;
            }
        }

        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var ct = Reorientation.ToCanonical(CtReaders.All(threads).Read(Image.Path, null, null, cancellation), threads);
            var (mask, elsewhere) = NoduleBalls.Draw(Balls, ct.Grid);
            var notes = new List<string>(ct.Notes);
            if (elsewhere > 0)
                notes.Add($"{elsewhere} of {Balls.Count} nodules lie outside of the scan.");
            return new AnnotatedVolume(
                ct, new LabelVolume(ct.Grid, mask.Voxels),
                new SortedDictionary<string, string>(StringComparer.Ordinal)
                {
                    ["image"] = Image.Name,
                    ["annotations"] = Nodules.Name,
                    ["nodules"] = Balls.Count.ToString(CultureInfo.InvariantCulture),
                },
                notes);
        }
    }
}
