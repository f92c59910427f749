using Screener.Annotations;
using Screener.Datasets;
using Screener.Imaging.Dicom;
using Screener.Interactive.Viewer;
using Screener.Preprocessing;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Datasets: what they are, what lies in a folder, what was imported.</summary>
internal static class DatasetFormatters
{
    private const int MostRemarks = 6;

    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<DatasetManifest>(DatasetReport.Of),
        new NotebookFormatter<IReadOnlyList<DatasetManifest>>(DatasetReport.Of),
        new NotebookFormatter<DatasetCheck>(c => DatasetReport.Of(c, MostRemarks)),
        new NotebookFormatter<HuCache>(Cache),
        new NotebookFormatter<HuCacheRecord>(Record),
        new NotebookFormatter<AnnotatedCt>(Annotated),
        new NotebookFormatter<PreparedCohort>(Prepared),
        new NotebookFormatter<IReadOnlyList<DicomSeriesSummary>>(Series),
    ];

    private static Document Cache(HuCache cache)
    {
        // Sets for training have no labels: there is nothing to say about lesions.
        bool labelled = cache.Manifest.Labels.Count > 0;
        return new Document(
            $"{cache.Manifest.Name}, imported",
            cache.Manifest.Id,
            [
                new FactsPart(
                [
                    ("volumes", Invariant($"{cache.Cases.Count:#,0}")),
                    .. labelled
                        ? [("with lesions", Invariant($"{cache.Cases.Count(c => c.LesionVoxels > 0):#,0}"))]
                        : Array.Empty<(string, string)>(),
                    ("rejected", Invariant($"{cache.Rejected.Count:#,0}")),
                    ("published", DatasetReport.Count(cache.Manifest.Counts.Published, cache.Manifest.Counts.Unit)),
                    ("in the paper", DatasetReport.Count(cache.Manifest.Counts.Paper, cache.Manifest.Counts.Unit)),
                ]),
                .. labelled
                    ? Rows(
                        ["Volume", "Voxels", "Lesion voxels", "Organ labelled"], cache.Cases,
                        c => [c.Id, Words.Join(c.Shape), Invariant($"{c.LesionVoxels:#,0}"), c.HasOrgan ? "yes" : "no"])
                    : Rows(["Volume", "Voxels"], cache.Cases, c => [c.Id, Words.Join(c.Shape)]),
                .. cache.Rejected.Count > 0 ? Rows(["Rejected", "Reason"], cache.Rejected, r => [r.Id, r.Reason]) : [],
                new FoldedPart("Folder", new NotePart(cache.Folder)),
            ]);
    }

    // Datasets have thousands of volumes.
    private static IEnumerable<DocumentPart> Rows<T>(
        IReadOnlyList<string> columns, IReadOnlyList<T> things, Func<T, IReadOnlyList<string>> row)
    {
        const int Shown = 8;
        yield return TablePart.Of(columns, things.Take(Shown), row);
        if (things.Count > Shown)
            yield return new FoldedPart(
                Invariant($"{things.Count - Shown:#,0} more"), TablePart.Of(columns, things.Skip(Shown), row));
    }

    private static Document Record(HuCacheRecord record)
    {
        var parts =
            new List<DocumentPart> { new FactsPart(
                [("raw files", Invariant($"{record.SourceFiles:#,0}, {record.SourceBytes / 1e6:#,0.0} MB")), .. Volume(record.Volume)]) };
        if (record.Nodules is { Count: > 0 } nodules)
        {
            parts.Add(
                new TablePart(
                    ["Nodule", "Readers", "Where, mm", "Malignancy", "Texture", "Spiculation"],
                    [.. nodules.Select((n, i) => (IReadOnlyList<string>)
                [Invariant($"{i + 1}"), Invariant($"{n.Readers}"), Words.Place(n.X, n.Y, n.Z),
                    Said(n, c => c.Malignancy), Said(n, c => c.Texture), Said(n, c => c.Spiculation)])])
            { Caption = "What the readers said of each nodule, one number per reader (1 to 5)" });
        }

        parts.AddRange(record.Notes.Select(n => new NotePart(n)));
        if (record.Provenance.Count > 0)
            parts.Add(new FoldedPart("Where it comes from", new FactsPart([.. record.Provenance.Select(p => (p.Key, p.Value))])));
        return new Document($"{record.Dataset}: {record.Id}", record.Rejected is null ? "imported" : $"rejected: {record.Rejected}", parts);
    }

    private static IEnumerable<(string, string)> Volume(HuCacheVolume? v) => v is null ? [] :
    [
        ("voxels [D, H, W]", Words.Join(v.Shape)),
        ("spacing", Words.Join(v.Spacing) + " mm"),
        ("as in the raw files", $"{Words.Join(v.OriginalShape)}, {v.OriginalAffine}"),
        ("HU", Invariant($"{v.MinHu} to {v.MaxHu}")),
        ("lesions", Invariant($"{v.LesionVoxels:#,0} voxels, {v.LesionVolume / 1000:0.00} ml")),
        ("organ", v.OrganVoxels == 0 ? "not labelled" : Invariant($"{v.OrganVoxels:#,0} voxels")),
        ("file", Invariant($"{v.File}, {v.Length / 1e6:0.0} MB")),
    ];

    private static string Said(NoduleFinding nodule, Func<NoduleCharacteristics, int?> what) =>
        string.Join(", ", nodule.Characteristics.Select(c => what(c) is { } n ? Invariant($"{n}") : "–"));

    private static Document Annotated(AnnotatedCt annotated) => new(
        "", "", VolumeFormatters.Viewer(
            new VolumeView(annotated.Ct, annotated.Lesions)
            {
                Labels = annotated.Labels, Options = VolumeViewerOptions.Default with { Title = annotated.Id },
            }));

    private static Document Prepared(PreparedCohort cohort)
    {
        var parts = new List<DocumentPart>
        {
            new FactsPart(
                ("volumes", Invariant($"{cohort.Cases.Count}")), ("rejected", Invariant($"{cohort.Rejected.Count}")),
                ("voxels", cohort.Options.TargetSpacing.ToString())),
            TablePart.Of(["Volume", "Voxels"], cohort.Cases, c => [c.Id, Words.Join(c.Shape)]),
        };
        if (cohort.Rejected.Count > 0)
            parts.Add(TablePart.Of(["Rejected", "Reason"], cohort.Rejected, r => [r.Id, r.Reason]));
        parts.Add(new FoldedPart(
            "Folder and sources",
            new NotePart(cohort.Folder),
            new FactsPart([.. cohort.Cases.Select(c => (c.Id, c.Source)), .. cohort.Rejected.Select(r => (r.Id, r.Source))])));
        return new Document("Prepared cohort", "", parts);
    }

    private static Document Series(IReadOnlyList<DicomSeriesSummary> series) => new(
        "DICOM series",
        Invariant($"{series.Count}"),
        TablePart.Of(
            ["Description", "Modality", "Slices", "Patient"],
            series,
            s => [s.Description, s.Modality + (s.IsLocalizer ? " localizer" : ""), Invariant($"{s.SliceCount}"), s.PatientId]),
        new FoldedPart("Series and studies", TablePart.Of(["Series", "Study"], series, s => [s.SeriesUid, s.StudyUid])));
}
