using Screener.Imaging.Dicom;
using Screener.Interactive.Cards;
using Screener.Interactive.Viewer;
using Screener.Phantoms;
using Screener.Preprocessing;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Cohorts, their cases and phantom patients.</summary>
internal static class DatasetFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<CohortManifest>(Cohort),
        new NotebookFormatter<CohortCase>(c => new Card("Case", c.Id, new FactsPart([.. Case(c), .. Traits(c.Traits)]))),
        new NotebookFormatter<PhantomPatient>(Patient),
        new NotebookFormatter<PatientTraits>(t => new Card("Patient traits", "", new FactsPart([.. Traits(t)]))),
        new NotebookFormatter<PreparedCohort>(Prepared),
        new NotebookFormatter<IReadOnlyList<DicomSeriesSummary>>(Series),
    ];

    private static Card Cohort(CohortManifest manifest)
    {
        var diseased = manifest.Cases.Where(c => c.LesionCount > 0).ToList();
        return new Card(
            "Phantom cohort",
            manifest.Options.Cohort.Name(),
            new FactsPart(
                ("cases", Invariant($"{manifest.Cases.Count}, {diseased.Count} with lesions")),
                ("lesions", Invariant($"{manifest.Cases.Sum(c => c.LesionCount)}, {manifest.Cases.Sum(c => c.LesionVolume) / 1000:0.0} ml in all")),
                ("seed", Invariant($"{manifest.Options.Seed}")),
                ("generator", $"version {manifest.GeneratorVersion}"),
                ("folder", manifest.Folder)),
            new TablePart(["Case", "Pathology", "Lesions", "Lesion volume, ml", "Voxels", "Spacing, mm", "Sex", "Age", "Phase"], [.. manifest.Cases.Select(c => (IReadOnlyList<string>)
                [c.Id, c.Pathology.ToString(), Invariant($"{c.LesionCount}"), Invariant($"{c.LesionVolume / 1000:0.00}"), Join(c.Shape), Join(c.Spacing), c.Traits.Female ? "female" : "male", Invariant($"{c.Traits.Age}"), c.Traits.Phase.ToString()])]));
    }

    private static IEnumerable<(string, string)> Case(CohortCase c) =>
    [
        ("pathology", c.Pathology.ToString()),
        ("lesions", Invariant($"{c.LesionCount}, {c.LesionVolume / 1000:0.00} ml")),
        ("voxels [D, H, W]", Join(c.Shape)),
        ("spacing", Join(c.Spacing) + " mm"),
        ("CT", c.Ct),
        ("lesion mask", c.Lesions),
        ("organ labels", c.Organs),
        ("seed", Invariant($"{c.Seed}")),
    ];

    private static IEnumerable<(string, string)> Traits(PatientTraits t) =>
    [
        ("sex", t.Female ? "female" : "male"),
        ("age", Invariant($"{t.Age} years")),
        ("fat under the skin", Invariant($"{t.SubcutaneousFat:0} mm")),
        ("fat between the organs", Invariant($"{t.VisceralFat:0.00}")),
        ("muscle", Invariant($"{t.Muscle:0.00}")),
        ("breath held in", Invariant($"{t.Breath:0.00}")),
        ("fat in the liver", Invariant($"{t.LiverFat:0} HU")),
        ("trunk, length and width", Invariant($"{t.TrunkLength:0.00}, {t.TrunkWidth:0.00}")),
        ("contrast phase", Invariant($"{t.Phase}, strength {t.ContrastStrength:0.00}")),
        ("noise", Invariant($"{t.Noise:0} HU")),
    ];

    private static Card Patient(PhantomPatient patient)
    {
        var counts = new long[256];
        foreach (byte label in patient.Organs.Voxels)
            counts[label]++;
        double voxel = patient.Organs.Grid.VoxelVolume / 1000;
        return new Card(
            "Phantom patient",
            Invariant($"seed {patient.Seed}, {patient.Pathology}"),
            VolumeFormatters.Viewer(new VolumeView(patient.Volume, patient.Lesions)),
            new FactsPart([.. Traits(patient.Traits), ("lesions", Invariant($"{patient.LesionCount}, {patient.Lesions.Count * voxel:0.00} ml"))]),
            new TablePart(["Organ", "Volume, ml"], [.. Enum.GetValues<PhantomOrgan>().Where(o => o != PhantomOrgan.Outside && counts[(byte)o] > 0).Select(o => (IReadOnlyList<string>)
                [o.ToString(), Invariant($"{counts[(byte)o] * voxel:#,0}")])]) { Caption = "Anatomy within the scan" });
    }

    private static Card Prepared(PreparedCohort cohort)
    {
        var parts = new List<CardPart>
        {
            new FactsPart(("volumes", Invariant($"{cohort.Cases.Count}")), ("rejected", Invariant($"{cohort.Rejected.Count}")), ("voxels", cohort.Options.TargetSpacing.ToString()), ("folder", cohort.Folder)),
            new TablePart(["Volume", "Voxels", "Made from"], [.. cohort.Cases.Select(c => (IReadOnlyList<string>)[c.Id, Join(c.Shape), c.Source])]),
        };
        if (cohort.Rejected.Count > 0)
            parts.Add(new TablePart(["Rejected", "Source", "Reason"], [.. cohort.Rejected.Select(r => (IReadOnlyList<string>)[r.Id, r.Source, r.Reason])]));
        return new Card("Prepared cohort", "", parts);
    }

    private static Card Series(IReadOnlyList<DicomSeriesSummary> series) => new(
        "DICOM series",
        Invariant($"{series.Count}"),
        new TablePart(["Series", "Description", "Modality", "Slices", "Patient", "Study"], [.. series.Select(s => (IReadOnlyList<string>)
            [s.SeriesUid, s.Description, s.Modality + (s.IsLocalizer ? " localizer" : ""), Invariant($"{s.SliceCount}"), s.PatientId, s.StudyUid])]));

    private static string Join<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(" x ", values.Select(v => v.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)));
}
