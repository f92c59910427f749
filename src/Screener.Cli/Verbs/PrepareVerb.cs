using System.CommandLine;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.SyntheticLesions;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Prepares CTs for training.</summary>
internal sealed class PrepareVerb() : Verb(
    "prepare",
    "Prepare CTs for training: crop to the body, resample, clip, equalise the contrast; one file each, with a list.",
    "screener prepare phantoms/train --out prepared/train",
    "screener prepare scans/*.nii.gz dicom-folder --out prepared/scans",
    "screener prepare cache/nlst cache/amos --out prepared/train")
{
    private readonly Argument<string[]> _ct = new("ct")
    {
        Description =
            "NIfTI files, folders of them, folders or zips of DICOM, phantom cohorts, datasets that 'screener import' wrote.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _out = Parsing.Required("--out", "folder", "The folder for the prepared volumes and their list.", "-o");
    private readonly Option<string> _profile = Parsing.OneOf(
        "--profile", "name", "3 mm for a laptop; the paper's 1.5 x 1.5 x 2.25 mm; or 3 mm without equalised contrast, for lesion networks",
        "quick", "paper", "lesions");

    private readonly Option<string?> _options = Parsing.Text(
        "--options", "file", "A JSON file with options that differ from the profile's, such as another spacing.");
    private readonly Option<bool> _printOptions = new("--print-options") { Description = "Print the options as JSON and do nothing." };
    private readonly Option<string?> _series = Parsing.Series();
    private readonly Option<bool> _convert = Parsing.Convert();
    private readonly Option<string?> _part = Parts.Option("Many CTs");

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_ct, _out, _profile, _options, _printOptions, _series, _convert, _part];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) =>
        paths.Read(_ct.Name, line.GetValue(_ct) ?? []).Read(_options.Name, line.GetValue(_options))
            .Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string folder = line.GetRequiredValue(_out);
        var profile = line.GetValue(_profile) switch
        {
            "paper" => PreprocessingOptions.Paper,
            "lesions" => LesionNetworkOptions.Quick.Preprocessing,
            _ => PreprocessingOptions.Quick,
        };
        var options = OptionsFile.Over(profile, line.GetValue(_options));
        options.Validate();
        if (line.GetValue(_printOptions))
            return OptionsFile.Print(options);
        int threads = context.Settings.Compute.ThreadCount;
        var inputs = PreparationInputs.Find(line.GetRequiredValue(_ct), line.GetValue(_series), cancellation);
        var part = Parts.Of(line, _part, context.Activities);
        PreparedCohort cohort;
        using (var activity = context.Activities.Begin("Preparing"))
        {
            var progress = new Relay<PreparationProgress>(
                p => activity.Report(p.Fraction, Invariant($"{p.Done} of {p.Cases}, {p.CaseId}")));
            if (part is not null)
            {
                var (prepared, refused) = CohortPreparation.PreparePart(
                    inputs, folder, options, CtReaders.All(threads, line.GetValue(_convert)), threads, part, progress, cancellation,
                    context.Activities);
                foreach (var (id, _, reason) in refused)
                    context.Activities.Note($"rejected {id}: {reason}");
                return new VerbResult(
                    new { ok = true, folder, part = $"{part}", prepared, rejected = refused },
                    Parts.Done(part, folder, Invariant($"{prepared} CTs prepared, {refused.Count} rejected.")));
            }

            cohort = CohortPreparation.Prepare(
                inputs, folder, options, CtReaders.All(threads, line.GetValue(_convert)), threads, progress, cancellation,
                context.Activities);
        }

        if (cohort.Cases.Count == 0)
        {
            throw new MissingInputException(
                folder, Invariant($"none of {inputs.Count} CTs could be prepared; the first: {cohort.Rejected[0].Reason.TrimEnd('.')}"),
                "at least one", $"The reasons stand in {Path.Combine(folder, PreparedCohort.FileName)}.");
        }

        foreach (var (id, _, reason) in cohort.Rejected)
            context.Activities.Note($"rejected {id}: {reason}");
        return new VerbResult(
            new
            {
                ok = true,
                folder = cohort.Folder,
                prepared = cohort.Cases.Count,
                cohort.Rejected,
                options = cohort.Options,
            },
            Invariant(
                $"Prepared {cohort.Cases.Count} of {inputs.Count} CTs in ")
                + Invariant($"{folder}{(cohort.Rejected.Count > 0 ? $"; {cohort.Rejected.Count} rejected" : "")}"));
    }
}
