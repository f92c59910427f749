using System.CommandLine;
using System.Diagnostics;
using Screener.Distillation;
using Screener.Errors;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Teaches one network what a model's ensemble says.</summary>
internal sealed class DistilVerb() : TrainingVerb(
    "distil",
    "Teach one network the calibrated map of a model's ensemble on unlabelled CTs, and write the model with it beside: 'screener screen "
    + "--head distilled' is then one pass. Goes on where it was stopped.",
    "screener distil patients/*.nii.gz phantoms/train --model model.screener --out fast.screener",
    "screener distil patients --model model.screener --out fast.screener --steps 500")
{
    private readonly Argument<string[]> _ct = new("ct")
    {
        Description = "What to learn from: NIfTI files, folders of them, folders or zips of DICOM, phantom cohorts.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _model = Parsing.Text(
        "--model", "file", "What 'screener ensemble' wrote; the shipped one if not given.", "-m");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_ct, _model, .. TrainingSymbols];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        base.NamePaths(line, paths);
        paths.Read(_ct.Name, line.GetValue(_ct) ?? []).Read(_model.Name, DefaultModel.PathOf(line.GetValue(_model)));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var options = Options(line, new DistillationOptions { Seed = context.Settings.Seed });
        options = options with { Seed = Seed(context.Settings, options.Seed), Optimisation = Steps(line, options.Optimisation) };
        options.Validate();
        if (PrintsOptions(line))
            return OptionsFile.Print(options);
        string file = Out(line), modelFile = DefaultModel.Resolve(line.GetValue(_model));
        var compute = context.Networks();
        var clock = Stopwatch.StartNew();
        using var model = ScreenerModel.Load(modelFile, compute);
        var inputs = new PopulationCts(line.GetRequiredValue(_ct), compute.ThreadCount, context, cancellation);
        IReadOnlyList<TaughtVolume> volumes;
        using (var activity = context.Activities.Begin("Screening what is learnt from"))
            volumes = [.. Taught(activity)];
        using (var activity = context.Activities.Begin("Distilling"))
        {
            // Their names may be those of patients.
            var (run, log) = RunOf(line, context, activity, [("CTs", inputs.Count)], modelFile);
            var network = DistillationTraining.Train(options, model, volumes, run, cancellation);
            using var calibration = context.Activities.Begin("Calibrating");
            using var distilled = DistillationTraining.Calibrate(options, model, network, Scans(calibration), compute, cancellation);
            model.With(distilled).Save(file);
            log.Finish(TrainingCard.Read(modelFile, context.Activities.Note).Where(c => c.Stage != DistilledMethod.MethodName));
            var last = run.History.Records[^1];
            return new VerbResult(
                new
                {
                    ok = true, file, cases = inputs.Count, options.Optimisation.Steps, options.Seed, loss = last.Values,
                    seconds = clock.Elapsed.TotalSeconds, peakMemoryBytes = ProcessMemory.PeakBytes,
                },
                Invariant($"{file}: distilled, {options.Optimisation.Steps} steps on {inputs.Count} CTs, ")
                + Invariant($"loss {last.Values["loss"]:0.###}, ")
                + Invariant($"{clock.Elapsed.TotalSeconds:0} s, peak memory {ProcessMemory.PeakBytes / 1e9:0.0} GB"));
        }

        // Kept beside the file, so that a stopped run does not screen again.
        IEnumerable<TaughtVolume> Taught(Activity activity)
        {
            string folder = file + ".taught";
            var store = new ArtefactStore(folder);
            int copies = 1 + options.DrawnCopies;
            for (int i = 0; i < inputs.Count * copies; i++)
            {
                var (number, copy) = (i / copies, i % copies);
                string name = Invariant($"{number:D5}-{copy}");
                string image = Path.Combine(folder, name + "-image.prepared"), map = Path.Combine(folder, name + "-map.prepared");
                inputs.Show(activity, number);
                _ = store.Make(
                    name, new { inputs[number].SeriesUid, options.MostTail, compute.Precision, copy, seed = copy == 0 ? 0 : options.Seed },
                    [inputs[number].Path, modelFile], [image, map],
                    () =>
                    {
                        var watch = Stopwatch.StartNew();
                        var taught = TaughtVolume.Of(
                            model, PatientScan.Of(inputs.Read(number), compute, cancellation), options, copy, cancellation);
                        PreparedVolumeFile.Write(image, taught.Image);
                        PreparedVolumeFile.Write(map, taught.Map);
                        return (watch.Elapsed.TotalSeconds, ProcessMemory.PeakBytes);
                    },
                    cancellation);
                yield return new TaughtVolume(PreparedVolumeFile.Read(image), PreparedVolumeFile.Read(map));
            }
        }

        IEnumerable<(string Id, PatientScan Scan)> Scans(Activity activity) =>
            inputs.ReadAll(activity).Select(s => (s.Id, PatientScan.Of(s.Ct, compute, cancellation)));
    }
}
