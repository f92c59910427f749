using Screener.Interactive.Viewer;
using Screener.Phantoms;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>Phantom cohorts, their cases and patients.</summary>
internal static class PhantomFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<CohortManifest>(Cohort),
        new NotebookFormatter<CohortCase>(c => new Document(
            "Case", c.Id, new FactsPart([.. Case(c), .. Traits(c.Traits)]),
            new FoldedPart("Files", new FactsPart(("CT", c.Ct), ("lesion mask", c.Lesions), ("organ labels", c.Organs))))),
        new NotebookFormatter<PhantomPatient>(Patient),
        new NotebookFormatter<PatientTraits>(t => new Document("Patient traits", "", new FactsPart([.. Traits(t)]))),
    ];

    private static Document Cohort(CohortManifest manifest)
    {
        int diseased = manifest.Cases.Count(c => c.LesionCount > 0);
        return new Document(
            "Phantom cohort",
            manifest.Options.Cohort.Name(),
            new FactsPart(
                ("cases", Invariant($"{manifest.Cases.Count}, {diseased} with lesions")),
                ("lesions",
                    Invariant($"{manifest.Cases.Sum(c => c.LesionCount)}, {manifest.Cases.Sum(c => c.LesionVolume) / 1000:0.0} ml in all")),
                ("seed", Invariant($"{manifest.Options.Seed}")),
                ("generator", $"version {manifest.GeneratorVersion}")),
            TablePart.Of(
                ["Case", "Pathology", "Lesions", "Lesion volume, ml", "Voxels", "Spacing, mm", "Sex", "Age", "Phase"],
                manifest.Cases,
                c => [c.Id, Words.Of(c.Pathology), Invariant($"{c.LesionCount}"), Invariant($"{c.LesionVolume / 1000:0.00}"),
                    Words.Join(c.Shape), Words.Join(c.Spacing), c.Traits.Female ? "female" : "male", Invariant($"{c.Traits.Age}"),
                    Words.Of(c.Traits.Phase)]),
            new FoldedPart("Folder", new NotePart(manifest.Folder)));
    }

    private static IEnumerable<(string, string)> Case(CohortCase c) =>
    [
        ("pathology", Words.Of(c.Pathology)),
        ("lesions", Invariant($"{c.LesionCount}, {c.LesionVolume / 1000:0.00} ml")),
        ("voxels [D, H, W]", Words.Join(c.Shape)),
        ("spacing", Words.Join(c.Spacing) + " mm"),
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
        ("contrast phase", Invariant($"{Words.Of(t.Phase)}, strength {t.ContrastStrength:0.00}")),
        ("noise", Invariant($"{t.Noise:0} HU")),
    ];

    private static Document Patient(PhantomPatient patient)
    {
        var counts = new long[256];
        foreach (byte label in patient.Organs.Voxels)
            counts[label]++;
        double voxel = patient.Organs.Grid.VoxelVolume / 1000;
        return new Document(
            "Phantom patient",
            Invariant($"seed {patient.Seed}, {Words.Of(patient.Pathology)}"),
            VolumeFormatters.Viewer(new VolumeView(patient.Volume, patient.Lesions) { Labels = patient.Organs }),
            new FactsPart(
                [.. Traits(patient.Traits), ("lesions", Invariant($"{patient.LesionCount}, {patient.Lesions.Count * voxel:0.00} ml"))]),
            new SectionPart("Anatomy within the scan", "", new FactsPart(
                [.. Enum.GetValues<PhantomOrgan>().Where(o => o != PhantomOrgan.Outside && counts[(byte)o] > 0).Select(
                    o => (Words.Of(o), Invariant($"{counts[(byte)o] * voxel:#,0} ml")))])));
    }
}
