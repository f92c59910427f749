using System.Globalization;
using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Datasets.Layouts;

/// <summary>
/// MIDRC-RICORD-1a: CT series of DICOM, and one MD.ai file with polygons for all. Series without a drawn annotation are no cases.
/// </summary>
internal sealed class MidrcLayout : IDatasetLayout
{
    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        var oddities = new List<DatasetOddity>();
        var (annotations, json) = ReadAnnotations(files.Where(IsJson).ToList(), rawFolder, oddities);
        RequireLabels(manifest, annotations);
        if (annotations.Nowhere > 0)
            oddities.Add(
                new DatasetOddity(
                    OddityKind.Unusable, json.Name,
                    $"{annotations.Nowhere} annotations of labels that the file does not define, or of no series"));
        var (folders, damaged) = SeriesFolder.Find(files, Environment.ProcessorCount, progress, cancellation);
        oddities.AddRange(damaged);
        var bySeries = annotations.Drawn.GroupBy(a => a.SeriesUid).ToDictionary(g => g.Key, g => g.ToList());
        var cases = new List<DatasetCase>();
        foreach (var folder in folders)
        {
            if (!folder.Series.IsCtImages)
                oddities.Add(folder.IsNoCt);
            else if (!bySeries.Remove(folder.Series.SeriesUid, out var drawn))
                oddities.Add(
                    new DatasetOddity(OddityKind.PassedOver, folder.Name, $"nothing is drawn in series {folder.Series.SeriesUid}"));
            else
                cases.Add(new MidrcCase(folder, json, drawn, manifest) { Problem = folder.Problem });
        }

        foreach (string uid in bySeries.Keys.Order(StringComparer.Ordinal))
            oddities.Add(new DatasetOddity(OddityKind.Missing, uid, "a series with annotations"));
        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Where(f => !IsJson(f)).Except(folders.SelectMany(f => f.Files))));
        return new DatasetContents([.. cases.OrderBy(c => c.Id, StringComparer.Ordinal)], oddities);
    }

    private static bool IsJson(RawFile file) => file.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static (MdaiAnnotations Annotations, RawFile File) ReadAnnotations(
        List<RawFile> files, string rawFolder, List<DatasetOddity> oddities)
    {
        (MdaiAnnotations, RawFile)? found = null;
        AnnotationException? first = null;
        foreach (var file in files)
        {
            try
            {
                var annotations = MdaiAnnotations.Read(file.Path);
                if (found is null)
                    found = (annotations, file);
                else
                    oddities.Add(new DatasetOddity(OddityKind.Surplus, file.Name, "a second annotation file"));
            }
            catch (AnnotationException e)
            {
                first ??= e;
                oddities.Add(new DatasetOddity(OddityKind.Unusable, file.Name, $"{e.Found}; expected {e.Expected}"));
            }
        }

        return found
            ?? throw first
                ?? (ScreenerException)new MissingInputException(
                    rawFolder, "no JSON file", "the collection's MD.ai annotations", "Download them into the raw folder.");
    }

    // A label that the manifest does not know would be left out without a word.
    private static void RequireLabels(DatasetManifest manifest, MdaiAnnotations annotations)
    {
        var unknown = annotations.Drawn.Select(a => a.Label.Name).Distinct().Except(manifest.Labels.Select(l => l.Name)).ToList();
        if (unknown.Count > 0)
            throw new AnnotationException(
                annotations.Source, $"drawn annotations of the label '{unknown[0]}'",
                $"only {string.Join(", ", manifest.Labels.Select(l => $"'{l.Name}'"))}", "It may be the file of another collection.");
    }

    private sealed record MidrcCase(SeriesFolder Folder, RawFile Json, IReadOnlyList<MdaiAnnotation> Drawn, DatasetManifest Manifest)
        : DicomCase(Folder.Id, Folder, With(Folder, Json))
    {
        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var series = Folder.Read(threads, cancellation);
            var counting = Manifest.Labels.Where(l => options.LabelOf(l) == CaseLabel.Lesion).Select(l => l.Name).ToHashSet();
            var mask = MdaiMask.Of(Drawn, series, counting);
            var notes = new List<string>(series.Notes);
            if (mask.Empty > 0)
                notes.Add($"{mask.Empty} of {Drawn.Count} annotations have no polygon and were skipped.");
            if (mask.Elsewhere > 0)
                notes.Add($"{mask.Elsewhere} of {Drawn.Count} annotations lie in images that the series does not have.");
            if (mask.OtherLabels > 0)
                notes.Add($"{mask.OtherLabels} of {Drawn.Count} annotations have labels that do not count as the pathology.");
            return new AnnotatedVolume(
                series.Volume, new LabelVolume(series.Volume.Grid, mask.Mask.Voxels),
                Provenance(
                    series, ("annotations", Json.Name), ("polygons", mask.Polygons.ToString(CultureInfo.InvariantCulture))), notes);
        }
    }
}
