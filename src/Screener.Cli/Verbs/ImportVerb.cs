using System.CommandLine;
using System.Globalization;
using Screener.Datasets;
using Screener.Errors;
using Screener.Runtime;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Imports a dataset's raw files.</summary>
internal sealed class ImportVerb() : Verb(
    "import",
    "Import a dataset's raw files: one volume of whole HU each, canonical orientation, with lesions and where all of it came from. Goes "
    + "on where it was stopped.",
    "screener import lidc-idri raw/LIDC-IDRI --out cache/lidc",
    "screener import lidc-idri raw/LIDC-IDRI --out cache/lidc-75 --consensus 0.75",
    "screener import pairs my-labelled-cts --out cache/mine --mask-files '{id}/tumour.nii.gz'",
    "screener import kits21 raw/kits21 --out cache/kits21 --pathology tumour,cyst")
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "A name that 'screener data list' shows." };
    private readonly Argument<string> _raw = new("folder") { Description = "The raw files; they are only read." };
    private readonly Option<string> _out = Parsing.Required("--out", "folder", "The folder for the imported volumes.", "-o");
    private readonly Option<string?> _consensus = Parsing.Text(
        "--consensus", "fraction", "lidc-idri: the part of the four readers who must agree; 0.5 if not given.");
    private readonly Option<string?> _pathology = Parsing.Text(
        "--pathology", "names", "Labels that count as pathology, with commas, of pairs their values; the manifest's if not given.");
    private readonly Option<string> _masks = Parsing.OneOf(
        "--masks", "how", "NIfTI: pair masks with images by their place in the world, or as the authors do by index alone", "by-place",
        "by-index");
    private readonly Option<string?> _ctFiles = Parsing.Text(
        "--ct-files", "patterns",
        "pairs: the ends of the CTs' paths, with {id} for the case, * for anything and commas; the manifest's if not given.");

    private readonly Option<string?> _maskFiles = Parsing.Text(
        "--mask-files", "patterns", "pairs: the ends of the masks' paths; the manifest's if not given.");

    private readonly Option<bool> _pseudonymise = new("--pseudonymise")
    {
        Description = "Numbers for names: no PatientID, UID or file's name in the cache. Who is who stands in <folder>.pseudonyms.json.",
    };
    private readonly Option<int> _memory = Parsing.Whole("--memory", "GB", 4, "Memory for volumes that are being worked on.");

    private readonly Option<string?> _part = Parts.Option("Many cases");

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols =>
        [_dataset, _raw, _out, _consensus, _pathology, _masks, _ctFiles, _maskFiles, _pseudonymise, _memory, _part];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) =>
        paths.Read(_raw.Name, line.GetValue(_raw)).Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var manifest = DatasetCatalogue.Find(line.GetRequiredValue(_dataset));
        var options = new DatasetImportOptions
        {
            Consensus = Consensus(line),
            Pathology = line.GetValue(_pathology)?.Split(',', StringSplitOptions.TrimEntries),
            Files = Files(line, manifest),
            Masks = line.GetValue(_masks) == "by-index" ? MaskPairing.ByIndex : MaskPairing.ByPlace,
            Pseudonymise = line.GetValue(_pseudonymise),
        };
        OptionException.ThrowIfOutside(_memory.Name, line.GetValue(_memory), 1, 1 << 20);
        string folder = line.GetRequiredValue(_out);
        string raw = line.GetRequiredValue(_raw);
        var part = Parts.Of(line, _part, context.Activities);
        DatasetImportResult result;
        using (var activity = context.Activities.Begin($"Importing {manifest.Name}"))
        {
            var (threads, memory) = (context.Settings.Compute.ThreadCount, (long)line.GetValue(_memory) << 30);
            var progress = new Relay<DatasetProgress>(
                p => activity.Report((double)p.Done / Math.Max(1, p.Cases), Invariant($"{p.Done} of {p.Cases}, {p.CaseId}")));
            if (part is not null)
            {
                return OfPart(
                    DatasetImport.ImportPart(manifest, raw, folder, options, part, threads, memory, progress, cancellation),
                    part, folder, context.Activities);
            }

            result = DatasetImport.Import(manifest, raw, folder, options, threads, memory, progress, cancellation);
        }

        var cache = result.Cache;
        if (result.Made + result.Rejected > 0)
        {
            foreach (var (id, reason) in cache.Rejected)
                context.Activities.Note($"rejected {id}: {reason}");
            var noted = cache.Cases.Select(c => cache.ReadRecord(c.Id)).Where(r => r.Notes.Count > 0).ToList();
            if (noted.Count > 0)
                context.Activities.Note(
                    Invariant($"{noted.Count} volumes with notes in their records, the first {noted[0].Id}: {noted[0].Notes[0]}"));
        }

        var (unusable, missing) = (result.Oddities.Count(o => o.Kind == OddityKind.Unusable),
            result.Oddities.Count(o => o.Kind == OddityKind.Missing));
        string remarks = unusable + missing > 0
            ? Invariant($" Also {unusable} unusable and {missing} missing: see 'screener data check'.")
            : "";
        string note = manifest.Role == DatasetRole.Benchmark ? " " + DatasetCatalogue.CountDiscrepancy : "";
        return new VerbResult(
            new
            {
                ok = true,
                dataset = manifest.Id,
                folder = cache.Folder,
                prepared = cache.Cases.Count,
                rejected = cache.Rejected,
                result.Kept,
                result.Made,
                manifest.Counts,
                options = cache.Options,
                unusable,
                missing,
                note = note.Trim(),
            },
            Invariant(
                $"{folder}: {cache.Cases.Count} of {cache.Cases.Count + cache.Rejected.Count} cases of {manifest.Name} imported, ")
                + Invariant(
                    $"{cache.Rejected.Count} rejected; {result.Made + result.Rejected} worked on now, {result.Kept} stood ")
                    + Invariant($"before.{remarks}{note}"));
    }

    private static VerbResult OfPart(DatasetPartResult result, WorkPart part, string folder, Activities activities)
    {
        foreach (var (id, reason) in result.Rejected)
            activities.Note($"rejected {id}: {reason}");
        return new VerbResult(
            new { ok = true, folder, part = $"{part}", result.Kept, result.Made, result.Rejected },
            Parts.Done(
                part, folder,
                Invariant($"{result.Made} cases imported, {result.Rejected.Count} rejected, {result.Kept} stood before.")));
    }

    private DatasetFilePatterns? Files(ParseResult line, DatasetManifest manifest)
    {
        string[]? images = Split(line.GetValue(_ctFiles)), masks = Split(line.GetValue(_maskFiles));
        return images is null && masks is null
            ? null
            : new DatasetFilePatterns(images ?? manifest.Files?.Images ?? [], masks ?? manifest.Files?.Masks ?? []);

        static string[]? Split(string? text) => text?.Split(',', StringSplitOptions.TrimEntries);
    }

    private double Consensus(ParseResult line)
    {
        if (line.GetValue(_consensus) is not { } text)
            return DatasetImportOptions.Default.Consensus;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new OptionException(_consensus.Name, $"'{text}'", "a fraction above 0 up to 1");
    }
}
