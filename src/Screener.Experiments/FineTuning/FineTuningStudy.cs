using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using static System.FormattableString;

namespace Screener.FineTuning;

/// <summary>How far a study has come.</summary>
/// <param name="Title">The stage.</param>
/// <param name="Fraction">How much of it is done.</param>
/// <param name="Detail">What is being done.</param>
public readonly record struct FineTuningProgress(string Title, double Fraction, string Detail);

/// <summary>
/// Fine-tunes networks with several starts on several numbers of labelled cases, and tests each case with the network of its fold.
/// </summary>
/// <remarks>Stopped and started again it goes on, to the same Dice: parts are kept in its folder by the content of their files.</remarks>
/// <param name="cohort">Labelled cases.</param>
/// <param name="model">The model whose networks are starts.</param>
/// <param name="modelFile">Its file.</param>
/// <param name="options">How.</param>
/// <param name="folder">Where parts are kept.</param>
/// <param name="compute">Device, threads, precision.</param>
/// <param name="logger">Told of events.</param>
/// <param name="progress">Told where the study stands.</param>
public sealed class FineTuningStudy(
    IAnnotatedCohort cohort, ScreenerModel model, string modelFile, FineTuningOptions options, string folder, ComputeOptions compute,
    ILogger logger, IProgress<FineTuningProgress>? progress = null)
{
    // A calibrated map says -log10 of how rare a score is: no map of few patients has rarer ones.
    private static readonly double[] Thresholds = [.. Enumerable.Range(0, 401).Select(i => i / 50.0)];

    private readonly ArtefactStore _store = new(Path.Combine(folder, "parts"));

    /// <summary>Runs all of it, or what is left.</summary>
    /// <param name="cancellation">Stops after the step under way.</param>
    /// <exception cref="ScreenerException">Options, cases or model do not fit, a file cannot be read or written.</exception>
    public FineTuningResult Run(CancellationToken cancellation = default)
    {
        options.Validate();
        StartingWeights[] starts = [.. options.Starts.Select(name => StartingWeights.Of(name, model))];

        // Every case is looked at before the first is trained on.
        var diseased = new List<int>();
        var classes = starts.Select(s => s.Preprocessing).Distinct().ToDictionary(p => p, _ => new List<LabelledClasses>());
        for (int i = 0; i < cohort.CaseIds.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new("Reading cases", (double)i / cohort.CaseIds.Count, cohort.CaseIds[i]));
            var labelled = cohort.Read(i, cancellation);
            LabelledVolume.RequireGrid(labelled);
            if (labelled.Lesions.Count == 0)
                continue;
            diseased.Add(i);
            foreach (var (preparation, prepared) in classes)
                prepared.Add(LabelledVolume.Of(labelled, preparation, compute.ThreadCount, cancellation).Classes);
        }

        if (diseased.Count == 0)
            throw new AnnotationException(
                cohort.Name, $"no lesion in any of {cohort.CaseIds.Count} cases", "cases with lesions", "Name a labelled cohort.");
        string[] patients = [.. diseased.Select(cohort.PatientOf)];
        bool isThresholded = model.Ensemble is not null;
        var folds = PatientFolds.Of(
            patients, options.Folds, Math.Max(options.Labelled[^1], isThresholded ? options.ThresholdCases : 0),
            new RandomStream(options.Seed).Fork("folds"));
        foreach (var start in starts)
        {
            foreach (int labelled in options.Labelled)
            {
                foreach (var fold in folds)
                {
                    int[] learnt = [.. fold.Others.Take(labelled)];
                    LabelledVolume.RequireBoth(
                        $"{start.Name}, {string.Join(", ", learnt.Select(i => cohort.CaseIds[diseased[i]]))}",
                        [.. learnt.Select(i => classes[start.Preprocessing][i])]);
                }
            }
        }

        var trained = new Dictionary<(string Start, int Labelled), (double[] Dice, FineTuningCost Cost)>();
        foreach (var start in starts)
        {
            var volumes = new LabelledVolume?[diseased.Count];
            foreach (int labelled in options.Labelled)
                trained[(start.Name, labelled)] = Tuned(start, labelled, volumes);
        }

        var random = new RandomStream(options.Seed).Fork("intervals");
        return new FineTuningResult
        {
            Cohort = cohort.Name, Options = options, Cases = [.. diseased.Select(i => cohort.CaseIds[i])],
            WithoutLesion = cohort.CaseIds.Count - diseased.Count, Patients = patients.Distinct().Count(),
            FineTuned = [.. trained.Select(t => Row(t.Key.Start, t.Key.Labelled, t.Value.Dice, t.Value.Cost))],
            Unsupervised = isThresholded ? Untuned() : null,
            Compute = Invariant($"{ComputeDevice.Resolve(compute.Device)}, {compute.Precision}, {compute.ThreadCount} threads"),
        };

        FineTunedDice Row(string start, int labelled, double[] dice, FineTuningCost cost) => new(
            start, labelled, dice, CaseMeans.Of(dice, patients, options.BootstrapReplicates, options.Confidence, random),
            start == starts[^1].Name
                ? null
                : CaseMeans.Compare(
                    dice, trained[(starts[^1].Name, labelled)].Dice, patients, options.BootstrapReplicates, options.Confidence, random),
            cost);

        (double[] Dice, FineTuningCost Cost) Tuned(StartingWeights start, int labelled, LabelledVolume?[] volumes)
        {
            var dice = new double[diseased.Count];
            double seconds = 0;
            long peak = 0;
            for (int fold = 0; fold < folds.Count; fold++)
            {
                int[] learnt = [.. folds[fold].Others.Take(labelled)];
                var tested = folds[fold].Tested;
                string title = Invariant($"{start.Name}, {labelled} labelled, fold {fold + 1} of {folds.Count}");
                string name = Invariant($"{start.Name}-{labelled}-{fold + 1}"), file = Path.Combine(folder, "parts", name + ".dice");
                string checkpoint = Path.Combine(folder, "parts", name + ".checkpoint");
                var (artefact, _) = _store.Make(
                    name, new { options = ForLearning(), start = start.Name, learnt, tested, compute.Precision },
                    [modelFile, .. learnt.Concat(tested).SelectMany(i => cohort.FilesOf(diseased[i]))], [file, checkpoint],
                    () =>
                    {
                        var watch = Stopwatch.StartNew();
                        foreach (int i in learnt)
                            volumes[i] ??= LabelledVolume.Of(
                                cohort.Read(diseased[i], cancellation), start.Preprocessing, compute.ThreadCount, cancellation);
                        using var network = FineTuningTraining.Train(
                            ForLearning(), start, [.. learnt.Select(i => volumes[i]!)], RunOf(checkpoint, title), cancellation);
                        var method = new FineTunedMethod(network, start, options.Overlap);
                        double[] found = [.. tested.Select((i, at) =>
                        {
                            progress?.Report(new(title + ": testing", (double)at / tested.Count, cohort.CaseIds[diseased[i]]));
                            return Defined(Counts(method, diseased[i], 0).At(0));
                        })];
                        AtomicFile.WriteText(file, StoredJson.Write(found).GetRawText() + "\n");
                        File.Delete(checkpoint);
                        return (watch.Elapsed.TotalSeconds, ProcessMemory.PeakBytes);
                    },
                    cancellation);
                double[] kept = StoredJson.Read<double[]>(file, "Dice of cases", "Run it again.", "Run it again.");
                for (int i = 0; i < tested.Count; i++)
                    dice[tested[i]] = kept[i];
                (seconds, peak) = (seconds + artefact.Seconds, Math.Max(peak, artefact.PeakMemoryBytes));
            }

            return (dice, new FineTuningCost(seconds, peak));
        }

        UnsupervisedDice Untuned()
        {
            string name = model.Distilled is null ? EnsembleMethod.MethodName : DistilledMethod.MethodName;
            double seconds = 0;
            long peak = 0;
            var counts = new DiceCounts[diseased.Count];
            for (int i = 0; i < counts.Length; i++)
            {
                int at = diseased[i];
                progress?.Report(new($"Screening without labels: {name}", (double)i / counts.Length, cohort.CaseIds[at]));
                string part = Invariant($"{name}-case-{at + 1}"), file = Path.Combine(folder, "parts", part + ".counts");
                var (artefact, _) = _store.Make(
                    part, new { name, compute.Precision, Thresholds.Length }, [modelFile, .. cohort.FilesOf(at)], [file],
                    () =>
                    {
                        var watch = Stopwatch.StartNew();
                        var counted = Counts(model.Methods([name])[0], at, Thresholds);
                        AtomicFile.WriteText(file, StoredJson.Write(counted).GetRawText() + "\n");
                        return (watch.Elapsed.TotalSeconds, ProcessMemory.PeakBytes);
                    },
                    cancellation);
                counts[i] = StoredJson.Read<DiceCounts>(file, "counts of a case", "Run it again.", "Run it again.");
                (seconds, peak) = (seconds + artefact.Seconds, Math.Max(peak, artefact.PeakMemoryBytes));
            }

            var dice = new double[counts.Length];
            var best = new List<double>();
            foreach (var fold in folds)
            {
                int threshold = Enumerable.Range(0, Thresholds.Length).MaxBy(
                    t => fold.Others.Take(options.ThresholdCases).Average(i => Defined(counts[i].At(t))));
                best.Add(Thresholds[threshold]);
                foreach (int i in fold.Tested)
                    dice[i] = Defined(counts[i].At(threshold));
            }

            return new UnsupervisedDice(
                name, best, dice, CaseMeans.Of(dice, patients, options.BootstrapReplicates, options.Confidence, random),
                new FineTuningCost(seconds, peak));
        }

        DiceCounts Counts(AnomalyMethod method, int at, params ReadOnlySpan<double> thresholds)
        {
            var labelled = cohort.Read(at, cancellation);
            var scan = PatientScan.Of(labelled.Ct, compute, cancellation);
            return DiceCounts.Of(method.Map(scan, null, cancellation), labelled.Lesions, scan.Body, thresholds);
        }
    }

    // Where no lesion voxel lies in the body, nothing is to be found: what is found there is wrong.
    private static double Defined(double dice) => double.IsNaN(dice) ? 0 : dice;

    // What says how much is compared does not change a network.
    private FineTuningOptions ForLearning()
    {
        var standard = new FineTuningOptions();
        return options with
        {
            Starts = standard.Starts, Labelled = standard.Labelled, Folds = standard.Folds, ThresholdCases = standard.ThresholdCases,
            BootstrapReplicates = standard.BootstrapReplicates, Confidence = standard.Confidence,
        };
    }

    private TrainingRun RunOf(string checkpoint, string title) => TrainingRun.Of(compute) with
    {
        CheckpointPath = checkpoint, CheckpointEvery = 100, Logger = logger,
        Progress = new Relay<TrainingProgress>(p => progress?.Report(new(
            title, (double)p.Step / p.Steps,
            Invariant($"step {p.Step} of {p.Steps}, loss {p.Values["loss"]:0.###}, {p.StepsPerSecond:0.0#} steps/s")))),
    };
}
