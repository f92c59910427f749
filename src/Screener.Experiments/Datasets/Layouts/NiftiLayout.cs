using System.Globalization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Datasets.Layouts;

/// <summary>
/// NIfTI volumes with label volumes or without, as files or inside zips, found by the ends of their paths (KiTS, LiTS, AMOS, AbdomenAtlas).
/// </summary>
internal sealed class NiftiLayout : IDatasetLayout
{
    // Where the affine's other elements are taken to be zero (numpy.allclose in the authors' preparation).
    private const double DiagonalTolerance = 1e-8;

    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: true, cancellation);
        var patterns = manifest.Files!;
        var images = ById(files, patterns.Images);
        var masks = ById(files, patterns.Masks);
        var oddities = new List<DatasetOddity>();
        var used = new HashSet<RawFile>();
        var cases = new List<DatasetCase>();
        bool needsMask = patterns.Masks.Count > 0;
        foreach (var (id, found) in images)
        {
            used.UnionWith(found);
            masks.Remove(id, out var labels);
            used.UnionWith(labels ?? []);
            if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && manifest.IsPassedOver(number))
            {
                oddities.Add(new DatasetOddity(OddityKind.PassedOver, found[0].Name, "not of this dataset by its number"));
                continue;
            }

            string name = (manifest.Ids?.Prefix ?? "") + id;
            foreach (var other in found.Skip(1).Concat(labels?.Skip(1) ?? []))
                oddities.Add(new DatasetOddity(OddityKind.Surplus, other.Name, $"a second file of {name}"));

            // Volumes without labels are test cases where they lie beyond the numbers of the labelled ones.
            bool isBeyond = manifest.Ids is { } ids && !ids.All().Contains(name);
            if (needsMask && labels is null)
            {
                oddities.Add(
                    new DatasetOddity(isBeyond ? OddityKind.PassedOver : OddityKind.Missing, found[0].Name, "a volume without labels"));
                if (isBeyond)
                    continue;
            }
            else if (isBeyond)
            {
                oddities.Add(new DatasetOddity(OddityKind.Surplus, found[0].Name, $"{name} is not among the dataset's cases"));
                continue;
            }

            cases.Add(new NiftiCase(manifest, DatasetCase.CleanId(name), id, found[0], labels?[0])
            {
                Problem = manifest.ExclusionOf(id) is { } reason
                    ? $"excluded by the manifest: {reason}"
                    : needsMask && labels is null ? "no label volume beside the CT" : null,
            });
        }

        foreach (var labels in masks.Values)
        {
            used.UnionWith(labels);
            oddities.Add(new DatasetOddity(OddityKind.Missing, labels[0].Name, "labels without their volume"));
        }

        if (manifest.Ids is { } all)
        {
            var present = cases.Select(c => c.Id).ToHashSet();
            oddities.AddRange(
                all.All().Where(id => !present.Contains(DatasetCase.CleanId(id))).Select(
                    id => new DatasetOddity(OddityKind.Missing, id, "no volume of this case")));
        }

        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Where(f => !used.Contains(f))));
        progress?.Report(1);
        return new DatasetContents([.. cases.OrderBy(c => c.Id, StringComparer.Ordinal)], oddities);
    }

    // Files whose path ends as a pattern says, by what stands for {id}.
    private static SortedDictionary<string, List<RawFile>> ById(IReadOnlyList<RawFile> files, IReadOnlyList<string> patterns)
    {
        var found = new SortedDictionary<string, List<RawFile>>(StringComparer.Ordinal);
        foreach (string pattern in patterns)
        {
            var expression = new FilePattern(pattern, "[A-Za-z0-9_-]+");
            foreach (var file in files)
            {
                if (expression.IdOf(file.Name) is { } id && !found.TryAdd(id, [file]))
                    found[id].Add(file);
            }
        }

        return found;
    }

    private sealed record NiftiCase(DatasetManifest Manifest, string Id, string Number, RawFile Image, RawFile? Mask) : DatasetCase(
        Id, Mask is null ? [Image] : [Image, Mask])
    {
        internal override long EstimateVoxels() => RawNifti.VoxelsOf(Image);

        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            RequireDiagonal(NiftiVolumeReader.ReadHeader(Image.Name, Image.Open, Image.Size), Image.Name);
            var maskHeader = Mask is null ? null : NiftiVolumeReader.ReadHeader(Mask.Name, Mask.Open, Mask.Size);
            if (maskHeader is not null)
                RequireDiagonal(maskHeader, Mask!.Name);
            var stored = NiftiVolumeReader.Read(Image.Name, Image.Open, Image.Size, cancellation);
            var ct = Reorientation.ToCanonical(stored, threads);
            var notes = new List<string>(ct.Notes);
            var provenance = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["image"] = Image.Name };
            LabelVolume? labels = null;
            if (Mask is not null && Manifest.Labels.Count > 0)
            {
                provenance["labels"] = Mask.Name;
                bool flip = Manifest.IsCorrected(Number, DatasetCorrectionKind.FlipMaskLeftRight);
                var raw = PairedMask.Read(Mask, stored.Grid, ct, options.Masks, flip, threads, notes, cancellation);
                labels = Labels(ct, raw, flip, options, notes);
            }

            return new AnnotatedVolume(ct, labels, provenance, notes);
        }

        private LabelVolume Labels(CtVolume ct, LabelVolume raw, bool flip, DatasetImportOptions options, List<string> notes)
        {
            if (flip)
            {
                notes.Add("The mask was mirrored back, left to right.");
                for (int row = 0; row < raw.Voxels.Length; row += raw.Shape.Width)
                    raw.Voxels.AsSpan(row, raw.Shape.Width).Reverse();
            }

            var meaning = new byte[256];
            Array.Fill(meaning, byte.MaxValue);
            meaning[0] = (byte)CaseLabel.None;
            foreach (var label in Manifest.Labels)
                meaning[label.Value!.Value] = (byte)options.LabelOf(label);
            foreach (ref byte voxel in raw.Voxels.AsSpan())
            {
                byte label = meaning[voxel];
                if (label == byte.MaxValue)
                    throw new AnnotationException(
                        Mask!.Name, $"the label {voxel}",
                        $"one of 0, {string.Join(", ", Manifest.Labels.Select(l => $"{l.Value} ({l.Name})"))}",
                        "It may be the label volume of another dataset: fetch it again.");
                voxel = label;
            }

            return new LabelVolume(ct.Grid, raw.Voxels);
        }

        private static void RequireDiagonal(NiftiHeader header, string name)
        {
            var affine = Reorientation.From(header.Affine).Apply(new VolumeGrid(header.Shape, header.Affine)).Affine;
            double other = 0;
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 3; column++)
                    other = row == column ? other : Math.Max(other, Math.Abs(affine[row, column]));
            }

            if (other > DiagonalTolerance)
                throw new VolumeFormatException(
                    name, $"an affine that is not diagonal in canonical orientation: {affine}", "axes along the patient's",
                    "The dataset's import leaves such volumes out.");
        }
    }
}
