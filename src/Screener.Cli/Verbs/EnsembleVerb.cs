using System.CommandLine;
using System.Diagnostics;
using Screener.Datasets;
using Screener.Errors;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.SyntheticLesions;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Puts experts beside a model's densities and calibrates them on patients.</summary>
internal sealed class EnsembleVerb() : Verb(
    "ensemble",
    "Put a lesion network and HU + position beside a model's densities, and calibrate the whole on CTs: a score then says how rare it is "
    + "in them.",
    "screener ensemble patients/*.nii.gz phantoms/train --model base.screener --lesions lesions.network --out model.screener",
    "screener ensemble my-patients/*.nii.gz --model model.screener --out mine.screener")
{
    private readonly Argument<string[]> _ct = new("ct")
    {
        Description = "The population: NIfTI files, folders of them, folders or zips of DICOM, phantom cohorts.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _model = Parsing.Required("--model", "file", "What 'screener fit' or 'screener ensemble' wrote.", "-m");
    private readonly Option<string?> _lesions = Parsing.Text(
        "--lesions", "files",
        "What 'screener pretrain lesions' wrote, with commas for several: of those of one spacing, all with or all without masses to "
        + "find, the mean counts; the model's own if not given.");
    private readonly Option<string?> _out = Parsing.Text("--out", "file", "The model to write.", "-o");
    private readonly Option<string?> _options = Parsing.Text(
        "--options", "file", "A JSON file with weights that differ from the defaults.");
    private readonly Option<bool> _printOptions = new("--print-options") { Description = "Print the options as JSON and do nothing." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_ct, _model, _lesions, _out, _options, _printOptions];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_ct.Name, line.GetValue(_ct) ?? []).Read(_model.Name, line.GetValue(_model))
        .Read(_lesions.Name, line.GetValue(_lesions)?.Split(',') ?? [])
        .Read(_options.Name, line.GetValue(_options)).Write(_out.Name, line.GetValue(_out))
        .WriteOn(_out.Name, line.GetValue(_out) is { } file ? TrainingCard.FileOf(file) : null);

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var options = OptionsFile.Over(new EnsembleOptions { Seed = context.Settings.Seed }, line.GetValue(_options));
        options.Validate();
        if (line.GetValue(_printOptions))
            return OptionsFile.Print(options);
        string file = Given(line, _out, "a file to write");
        var compute = context.Networks();
        var clock = Stopwatch.StartNew();
        string modelFile = line.GetRequiredValue(_model);
        using var model = ScreenerModel.Load(modelFile, compute);
        AtomicFile.RequireWritable(file, new FileInfo(modelFile).Length);
        var lesions = line.GetValue(_lesions)?.Split(',').Select(LesionNetworkFile.Read).ToList()
            ?? model.Ensemble?.Lesions
            ?? throw new OptionException(
                _lesions.Name, "nothing, and a model without a lesion network", "what 'screener pretrain lesions' wrote",
                $"Add {_lesions.Name}.");
        var inputs = new PopulationCts(line.GetRequiredValue(_ct), compute.ThreadCount, context, cancellation);
        HuBaseline baseline;
        using (var activity = context.Activities.Begin("Fitting HU + position"))
            baseline = HuBaseline.Fit(Bodies(inputs.ReadAll(activity)), EnsembleOptions.HuOptions, compute.ThreadCount, cancellation);
        Ensemble ensemble;
        using (var activity = context.Activities.Begin("Calibrating"))
            ensemble = EnsembleCalibration.Calibrate(
                model, lesions, baseline, options, inputs.ReadAll(activity), compute, null, cancellation);
        model.With(ensemble).Save(file);
        string[] others = line.GetValue(_lesions)?.Split(',') ?? [];
        TrainingCard.Write(
            file,
            [
                .. Cards(modelFile).Where(c => c.Stage != DistilledMethod.MethodName)
                    .Where(c => others.Length == 0 || c.Stage != LesionNetwork.StageName),
                .. others.SelectMany(Cards),
            ],
            context.Activities.Note);
        return new VerbResult(
            new
            {
                ok = true,
                file,
                cases = inputs.Count,
                options,
                oneIn1000 = ensemble.ScoreOfOneIn(1000),
                seconds = clock.Elapsed.TotalSeconds,
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            Invariant(
                $"{file}: calibrated on {inputs.Count} CTs, {clock.Elapsed.TotalSeconds:0} s, peak memory ")
                + Invariant($"{ProcessMemory.PeakBytes / 1e9:0.0} GB"));

        IReadOnlyList<TrainingCard> Cards(string trained) => TrainingCard.Read(trained, context.Activities.Note);

        IEnumerable<(CtVolume Ct, BodyMask Body)> Bodies(IEnumerable<(string Id, CtVolume Ct)> scans) =>
            scans.Select(s => (s.Ct, BodyMaskFinder.Find(s.Ct, BodyMaskOptions.Default, compute.ThreadCount, cancellation)));
    }
}
