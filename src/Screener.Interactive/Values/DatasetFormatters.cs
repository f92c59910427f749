using Screener.Annotations;
using Screener.Datasets;
using Screener.Imaging.Dicom;
using Screener.Interactive.Cards;
using Screener.Interactive.Viewer;
using Screener.Preprocessing;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Datasets: what they are, what lies in a folder, what was prepared.</summary>
internal static class DatasetFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<DatasetManifest>(Manifest),
        new NotebookFormatter<IReadOnlyList<DatasetManifest>>(Manifests),
        new NotebookFormatter<DatasetCheck>(Check),
        new NotebookFormatter<HuCache>(Cache),
        new NotebookFormatter<HuCacheRecord>(Record),
        new NotebookFormatter<AnnotatedCt>(Annotated),
        new NotebookFormatter<PreparedCohort>(Prepared),
        new NotebookFormatter<IReadOnlyList<DicomSeriesSummary>>(Series),
    ];

    private static Card Manifest(DatasetManifest m)
    {
        var parts = new List<CardPart>
        {
            new NotePart(m.Summary),
            new FactsPart(
                ("role", Words.Of(m.Role)),
                ("pathology", m.Pathology ?? "–"),
                ("published", Count(m.Counts.Published, m.Counts.Unit)),
                ("in the paper", Count(m.Counts.Paper, m.Counts.Unit)),
                ("licence", m.Licence.Name + Doubt(m.Licence.Verified)),
                ("size", m.Access.Size)),
        };
        if (m.Role == DatasetRole.Benchmark)
            parts.Add(new NotePart(DatasetCatalogue.CountDiscrepancy));
        if (m.Labels.Count > 0)
            parts.Add(
                new TablePart(
                    ["Label", "Value", "Counts as", "Meaning"],
                    [.. m.Labels.Select(
                        l => (IReadOnlyList<string>)[l.Name, l.Value is { } v ? Invariant($"{v}") : "–", Words.Of(l.Role), l.Meaning])]));
        parts.Add(new FoldedPart(
            "How to get it, and its terms",
            new NotePart(Address(m.Access.Where)),
            new TablePart(
                ["Step", "What to do"], [.. m.Access.Steps.Select((s, i) => (IReadOnlyList<string>)[Invariant($"{i + 1}"), Address(s)])]),
            new NotePart($"{m.Licence.Name}: {m.Licence.Terms}{Doubt(m.Licence.Verified)}"),
            new TablePart(["To cite", "DOI"], [.. m.Citations.Select(c => (IReadOnlyList<string>)[Address(c.Text), c.Doi ?? "–"])]),
            new TablePart(["In the raw folder", "What it is"], [.. m.RawLayout.Select(e => (IReadOnlyList<string>)[e.Path, e.What])])));
        parts.Add(new FoldedPart(
            "What is left out, put right, open and known",
            new TablePart(["Left out", "Reason"], [.. m.Exclusions.Select(e => (IReadOnlyList<string>)[e.Rule, e.Reason])]),
            new TablePart(
                ["Put right", "How", "Reason"],
                [.. m.Corrections.Select(c => (IReadOnlyList<string>)[string.Join(", ", c.Ids), Words.Of(c.Kind), c.Reason])]),
            new TablePart(
                ["Option", "Open question", "Default", "Reason"],
                [.. m.Choices.Select(c => (IReadOnlyList<string>)[c.Option, c.Question, c.Default, c.Reason])]),
            new TablePart(
                ["Known", "Source", "Confirmed"],
                [.. m.Facts.Select(f => (IReadOnlyList<string>)[Address(f.Statement), Address(f.Source), f.Verified ? "yes" : "no"])])));
        return new Card(m.Name, m.Id, parts);
    }

    private static Card Manifests(IReadOnlyList<DatasetManifest> manifests) => new(
        "Datasets",
        Invariant($"{manifests.Count}"),
        new TablePart(
            ["Dataset", "Name", "Role", "Pathology", "Published", "In the paper", "Licence"],
            [.. manifests.Select(m => (IReadOnlyList<string>)
            [m.Name, m.Id, Words.Of(m.Role), m.Pathology ?? "–", Count(m.Counts.Published, ""), Count(m.Counts.Paper, ""),
                m.Licence.Name])]));

    private static Card Check(DatasetCheck check) => new(
        $"{check.Manifest.Name}: raw folder",
        check.IsComplete ? "complete" : "not complete",
        [new NotePart(check.Counts),
            .. Rows(["What", "Where", "Why"], check.Oddities.Select(o => (IReadOnlyList<string>)[Words.Of(o.Kind), o.Subject, o.Text]))]);

    private static Card Cache(HuCache cache)
    {
        // Sets for training have no labels: there is nothing to say about lesions.
        bool labelled = cache.Manifest.Labels.Count > 0;
        return new Card(
            $"{cache.Manifest.Name}, prepared",
            cache.Manifest.Id,
            [
                new FactsPart(
                [
                    ("volumes", Invariant($"{cache.Cases.Count:#,0}")),
                    .. labelled
                        ? [("with lesions", Invariant($"{cache.Cases.Count(c => c.LesionVoxels > 0):#,0}"))]
                        : Array.Empty<(string, string)>(),
                    ("rejected", Invariant($"{cache.Rejected.Count:#,0}")),
                    ("published", Count(cache.Manifest.Counts.Published, cache.Manifest.Counts.Unit)),
                    ("in the paper", Count(cache.Manifest.Counts.Paper, cache.Manifest.Counts.Unit)),
                    ("folder", cache.Folder),
                ]),
                .. labelled
                    ? Rows(["Volume", "Voxels", "Lesion voxels", "Organ labelled"],
                        cache.Cases.Select(
                            c => (IReadOnlyList<string>)[c.Id, Words.Join(c.Shape), Invariant($"{c.LesionVoxels:#,0}"),
                                c.HasOrgan ? "yes" : "no"]))
                    : Rows(["Volume", "Voxels"], cache.Cases.Select(c => (IReadOnlyList<string>)[c.Id, Words.Join(c.Shape)])),
                .. cache.Rejected.Count > 0
                    ? Rows(["Rejected", "Reason"], cache.Rejected.Select(r => (IReadOnlyList<string>)[r.Id, r.Reason]))
                    : [],
            ]);
    }

    // Datasets have thousands of volumes.
    private static IEnumerable<CardPart> Rows(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        const int Shown = 8;
        var all = rows.ToList();
        yield return new TablePart(columns, [.. all.Take(Shown)]);
        if (all.Count > Shown)
            yield return new FoldedPart(Invariant($"{all.Count - Shown:#,0} more"), new TablePart(columns, [.. all.Skip(Shown)]));
    }

    private static Card Record(HuCacheRecord record)
    {
        var parts =
            new List<CardPart> { new FactsPart(
                [("raw files", Invariant($"{record.SourceFiles:#,0}, {record.SourceBytes / 1e6:#,0.0} MB")), .. Volume(record.Volume),
                    .. record.Provenance.Select(p => (p.Key, p.Value))]) };
        if (record.Nodules is { Count: > 0 } nodules)
        {
            parts.Add(
                new TablePart(
                    ["Nodule", "Readers", "x to the right, mm", "y to the front, mm", "z to the head, mm", "Malignancy", "Texture",
                        "Spiculation"], [.. nodules.Select((n, i) => (IReadOnlyList<string>)
                [Invariant($"{i + 1}"), Invariant($"{n.Readers}"), Invariant($"{n.X:0.0}"), Invariant($"{n.Y:0.0}"),
                    Invariant($"{n.Z:0.0}"), Said(n, c => c.Malignancy), Said(n, c => c.Texture), Said(n, c => c.Spiculation)])])
            { Caption = "What the readers said of each nodule, one number per reader (1 to 5)" });
        }

        parts.AddRange(record.Notes.Select(n => new NotePart(n)));
        return new Card($"{record.Dataset}: {record.Id}", record.Rejected is null ? "prepared" : $"rejected: {record.Rejected}", parts);
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

    private static Card Annotated(AnnotatedCt annotated) => new(
        "", "", VolumeFormatters.Viewer(
            new VolumeView(annotated.Ct, annotated.Lesions) { Options = VolumeViewerOptions.Default with { Title = annotated.Id } }));

    private static Card Prepared(PreparedCohort cohort)
    {
        var parts = new List<CardPart>
        {
            new FactsPart(
                ("volumes", Invariant($"{cohort.Cases.Count}")), ("rejected", Invariant($"{cohort.Rejected.Count}")),
                ("voxels", cohort.Options.TargetSpacing.ToString()), ("folder", cohort.Folder)),
            new TablePart(
                ["Volume", "Voxels", "Made from"],
                [.. cohort.Cases.Select(c => (IReadOnlyList<string>)[c.Id, Words.Join(c.Shape), c.Source])]),
        };
        if (cohort.Rejected.Count > 0)
            parts.Add(
                new TablePart(
                    ["Rejected", "Source", "Reason"], [.. cohort.Rejected.Select(r => (IReadOnlyList<string>)[r.Id, r.Source, r.Reason])]));
        return new Card("Prepared cohort", "", parts);
    }

    private static Card Series(IReadOnlyList<DicomSeriesSummary> series) => new(
        "DICOM series",
        Invariant($"{series.Count}"),
        new TablePart(["Series", "Description", "Modality", "Slices", "Patient", "Study"], [.. series.Select(s => (IReadOnlyList<string>)
            [s.SeriesUid, s.Description, s.Modality + (s.IsLocalizer ? " localizer" : ""), Invariant($"{s.SliceCount}"), s.PatientId,
                s.StudyUid])]));

    private static string Count(int? count, string unit) => count is { } n ? Invariant($"{n:#,0} {unit}").TrimEnd() : "–";

    private static string Doubt(bool verified) => verified ? "" : " (not confirmed from the source)";

    // An address is written without its scheme: to be read, not to be followed by a page.
    private static string Address(string text) => text.Replace("https://", "", StringComparison.OrdinalIgnoreCase).Replace(
        "http://", "", StringComparison.OrdinalIgnoreCase);
}
