using System.CommandLine;
using Screener.Errors;
using Screener.Imaging.Dicom;
using Screener.Phantoms;
using Screener.Phantoms.Dicom;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Makes cohorts of phantom patients.</summary>
internal sealed class PhantomVerb() : Verb(
    "phantom",
    "Make cohorts of phantom patients: chest-abdomen CT with lesion masks and organ labels, as NIfTI with a manifest.",
    "screener phantom --out phantoms --cases 4",
    "screener phantom --out phantoms --cohort lung-nodules --cases 1 --dicom")
{
    private readonly Option<string> _out = Parsing.Required("--out", "folder", "The folder of all cohorts; each gets its own below.", "-o");

    private readonly Option<string[]> _cohorts = new("--cohort")
    {
        Description = $"Which cohorts; all if none is named: {string.Join(", ", PhantomCohortNames.All.Select(c => c.Name()))}.",
        HelpName = "name",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _cases = Parsing.Whole("--cases", "n", 8, "Patients per cohort.");
    private readonly Option<bool> _dicom = new("--dicom")
    {
        Description = "Write each CT as a DICOM series too, in the folder 'dicom' of its case.",
    };

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_out, _cohorts, _cases, _dicom];

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string folder = line.GetRequiredValue(_out);
        var cohorts = line.GetValue(_cohorts) is { Length: > 0 } names
            ? names.Select(PhantomCohortNames.Parse).Distinct().ToList()
            : PhantomCohortNames.All;
        var wanted = cohorts.Select(c => new CohortOptions { Cohort = c, Cases = line.GetValue(_cases), Seed = context.Settings.Seed })
            .ToList();
        int bytesPerVoxel = 1 + (line.GetValue(_dicom) ? sizeof(short) : 0);
        AtomicFile.RequireRoom(folder, wanted.Sum(o => PhantomCohortWriter.BytesLeft(folder, o, bytesPerVoxel)));
        var manifests = new List<CohortManifest>();
        foreach (var options in wanted)
        {
            using var activity = context.Activities.Begin($"Phantoms, {options.Cohort.Name()}");
            var made = new HashSet<string>();
            var manifest = PhantomCohortWriter.Write(
                folder, options, context.Settings.Compute.ThreadCount,
                new Relay<CohortProgress>(p =>
                {
                    if (!p.Kept)
                        made.Add(p.CaseId);
                    activity.Report((double)p.Done / p.Cases, Invariant($"{p.Done} of {p.Cases}"));
                }),
                cancellation);
            if (line.GetValue(_dicom))
                WriteDicom(manifest, made, cancellation);
            manifests.Add(manifest);
        }

        return new VerbResult(
            new
            {
                ok = true,
                context.Settings.Seed,
                cohorts = manifests.Select(m => new
                {
                    cohort = m.Options.Cohort.Name(),
                    manifest = Path.Combine(m.Folder, CohortManifest.FileName),
                    cases = m.Cases.Count,
                    diseased = m.Cases.Count(c => c.Pathology != Pathology.None),
                    lesions = m.Cases.Sum(c => c.LesionCount),
                }),
            },
            TablePart.Of(
                ["Cohort", "Patients", "With lesions", "Manifest"],
                manifests,
                m => [m.Options.Cohort.Name(), Invariant($"{m.Cases.Count}"),
                    Invariant($"{m.Cases.Count(c => c.Pathology != Pathology.None)}"), Path.Combine(m.Folder, CohortManifest.FileName)]));
    }

    private static void WriteDicom(CohortManifest manifest, HashSet<string> made, CancellationToken cancellation)
    {
        foreach (var entry in manifest.Cases)
        {
            // A series appears whole or not at all; one of a patient made anew is out of date.
            string folder = Path.Combine(manifest.Folder, entry.Id, "dicom");
            if (Directory.Exists(folder) && made.Contains(entry.Id))
                Directory.Delete(folder, recursive: true);
            if (Directory.Exists(folder))
                continue;
            var name = new DicomSeriesWriteOptions
            {
                PatientId = $"{manifest.Options.Cohort.Name()}-{entry.Id}", Description = "Phantom CT",
            };
            DicomSeriesWriter.Write(
                manifest.ReadCt(entry, cancellation), folder, new RandomStream(entry.Seed).Fork("dicom"), name, null, cancellation);
        }
    }
}
