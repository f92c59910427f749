using System.Globalization;
using Screener.Imaging;

namespace Screener.Datasets.Layouts;

/// <summary>
/// People's own data: a CT, in any format that can be read, and a NIfTI, MetaImage or NRRD mask beside it, found by the ends of their
/// paths.
/// </summary>
internal sealed class PairsLayout : IDatasetLayout
{
    // What a case may be called: not several folders at once.
    private const string AnyName = "[^/]+";

    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        FilePattern[] imagePatterns = [.. manifest.Files!.Images.Select(p => new FilePattern(p, AnyName))];
        FilePattern[] maskPatterns = [.. manifest.Files.Masks.Select(p => new FilePattern(p, AnyName))];
        var masks = new SortedDictionary<string, List<RawFile>>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (IdOf(maskPatterns, file.Name) is { } id)
                Add(masks, id, file);
        }

        // What is a mask is no CT, though "{id}.nii.gz" would take it for one.
        var taken = masks.Values.SelectMany(m => m).ToHashSet();
        var images = new SortedDictionary<string, List<Scan>>(StringComparer.Ordinal);
        var folders = new Dictionary<string, Scan>(StringComparer.Ordinal);
        foreach (var file in files.Where(f => !taken.Contains(f)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (IdOf(imagePatterns, file.Name) is { } id)
            {
                Add(images, id, new Scan(file.Name, file.Path, [file]));
                continue;
            }

            for (int end = file.Name.LastIndexOf('/'); end > 0; end = file.Name.LastIndexOf('/', end - 1))
            {
                string folder = file.Name[..end];
                if (folders.TryGetValue(folder, out var known))
                    known.Files.Add(file);
                else if (IdOf(imagePatterns, folder) is { } folderId)
                    Add(images, folderId, folders[folder] = new Scan(folder, Path.Combine(file.Root, folder), [file]));
                else
                    continue;
                break;
            }
        }

        var oddities = new List<DatasetOddity>();
        var cases = new List<DatasetCase>();
        foreach (var (id, found) in images)
        {
            masks.Remove(id, out var labels);
            string? problem = (found, labels) switch
            {
                ({ Count: > 1 }, _) => $"{found.Count} CTs of one name: {found[0].Name}, {found[1].Name}",
                (_, null) => "no mask beside the CT",
                (_, { Count: > 1 }) => $"{labels.Count} masks of one CT: {labels[0].Name}, {labels[1].Name}",
                _ => null,
            };
            if (labels is null)
                oddities.Add(new DatasetOddity(OddityKind.Missing, found[0].Name, "a CT without a mask"));
            cases.Add(new PairCase(DatasetCase.CleanId(id), found[0], labels?[0]) { Problem = problem });
        }

        oddities.AddRange(masks.Values.Select(m => new DatasetOddity(OddityKind.Missing, m[0].Name, "a mask without its CT")));
        var used = cases.SelectMany(c => c.Files).Concat(taken).ToHashSet();
        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Where(f => !used.Contains(f))));
        progress?.Report(1);
        return new DatasetContents([.. cases.OrderBy(c => c.Id, StringComparer.Ordinal)], oddities);

        static string? IdOf(FilePattern[] patterns, string name) => patterns.Select(p => p.IdOf(name)).FirstOrDefault(id => id is not null);

        static void Add<T>(SortedDictionary<string, List<T>> found, string id, T item)
        {
            if (!found.TryAdd(id, [item]))
                found[id].Add(item);
        }
    }

    /// <summary>A CT: a file, or a folder with all that is in it.</summary>
    private sealed record Scan(string Name, string Path, List<RawFile> Files);

    private sealed record PairCase(string Id, Scan Image, RawFile? Mask) : DatasetCase(
        Id, Mask is null ? Image.Files : [.. Image.Files, Mask])
    {
        internal override long EstimateVoxels() => Mask is null ? 0 : RawNifti.VoxelsOf(Mask);

        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var stored = CtReaders.All(threads).Read(Image.Path, null, null, cancellation);
            var ct = Reorientation.ToCanonical(stored, threads);
            var notes = new List<string>(ct.Notes);
            var labels = PairedMask.Read(Mask!, stored.Grid, ct, options.Masks, false, threads, notes, cancellation);
            var lesions = options.Pathology?.Select(p => byte.Parse(p, NumberStyles.None, CultureInfo.InvariantCulture)).ToHashSet();
            foreach (ref byte voxel in labels.Voxels.AsSpan())
            {
                // What is labelled and not chosen is where lesions grow.
                if (voxel != 0)
                    voxel = (byte)(lesions is null || lesions.Contains(voxel) ? CaseLabel.Lesion : CaseLabel.Organ);
            }

            return new AnnotatedVolume(
                ct, new LabelVolume(ct.Grid, labels.Voxels),
                new SortedDictionary<string, string>(StringComparer.Ordinal) { ["image"] = Image.Name, ["labels"] = Mask!.Name }, notes);
        }
    }
}
