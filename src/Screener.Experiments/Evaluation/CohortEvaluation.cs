using System.Diagnostics;
using Screener.Datasets;
using Screener.Errors;
using Screener.Baselines;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Evaluation;

/// <summary>A model to evaluate.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Model">The model, on the device of the evaluation.</param>
/// <param name="Sha256">The checksum of its file; null if it has none.</param>
public sealed record NamedModel(string Name, ScreenerModel Model, string? Sha256 = null);

/// <summary>How far an evaluation has come.</summary>
/// <param name="Done">Cases that are finished.</param>
/// <param name="Cases">Cases in all.</param>
/// <param name="CaseId">The case being worked on.</param>
/// <param name="CaseFraction">How much of it is done, 0 to 1.</param>
public readonly record struct CohortEvaluationProgress(int Done, int Cases, string CaseId, double CaseFraction);

/// <summary>One map on its way into the evaluation, for pictures.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Ct">The CT.</param>
/// <param name="Body">The body on the CT's grid.</param>
/// <param name="Lesions">The lesions on the CT's grid.</param>
/// <param name="Map">The scores on the CT's grid.</param>
/// <param name="IsShown">True for the method of which reports show pictures: the last head of the last model.</param>
public sealed record EvaluatedMap(
    string CaseId, string Method, CtVolume Ct, BodyMask Body, LesionMask Lesions, AnomalyMap Map, bool IsShown = false)
{
    /// <summary>What is where, with names; null if nothing is known.</summary>
    public LabelVolume? Labels { get; init; }
}

/// <summary>
/// The one way in which methods are compared on datasets and phantoms (paper, section "Evaluation"): every CT is screened on its
/// own grid, all heads of a model at once, and scored over the body and, where it is known, within the affected organ.
/// <see cref="EvaluationProtocol"/> names all of it by files.
/// </summary>
public static class CohortEvaluation
{
    /// <summary>Fits both HU baselines on a training cohort, whose lesion masks are not looked at.</summary>
    /// <param name="training">The cohort that the models were trained on.</param>
    /// <param name="threads">Processor threads; 0 means one per processor.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ScreenerException">A CT is missing or damaged.</exception>
    public static IReadOnlyList<AnomalyMethod> FitHuBaselines(
        IAnnotatedCohort training, int threads, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        int done = 0;
        return [Fit(HuMethod.HuOnlyName, HuBaselineOptions.HuOnly), Fit(HuMethod.HuAndPositionName, HuBaselineOptions.HuAndPosition)];

        HuMethod Fit(string name, HuBaselineOptions options) => new(name, HuBaseline.Fit(Volumes(), options, threads, cancellation));

        IEnumerable<(CtVolume Ct, BodyMask Body)> Volumes()
        {
            for (int i = 0; i < training.CaseIds.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var ct = training.ReadCt(i, cancellation);
                yield return (ct, BodyMaskFinder.Find(ct, BodyMaskOptions.Default, threads, cancellation));
                progress?.Report(++done / (2.0 * training.CaseIds.Count));
            }
        }
    }

    /// <summary>Evaluates models and baselines on a cohort.</summary>
    /// <param name="cohort">The cases.</param>
    /// <param name="models">The models, with different names.</param>
    /// <param name="baselines">What the models have to beat, fitted on the training cohort; may be empty.</param>
    /// <param name="options">The protocol.</param>
    /// <param name="compute">Device and threads; the device must be that of the models.</param>
    /// <param name="seen">Handed every map once; it must not keep them if memory matters.</param>
    /// <param name="progress">Told within and after each case.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="ScreenerException">Options are wrong, a file is missing or damaged, or a model gives NaN.</exception>
    public static CohortEvaluationResult Evaluate(
        IAnnotatedCohort cohort, IReadOnlyList<NamedModel> models, IReadOnlyList<AnomalyMethod> baselines, CohortEvaluationOptions options,
        ComputeOptions compute,
        Action<EvaluatedMap>? seen = null, IProgress<CohortEvaluationProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Evaluate(cohort, models, baselines, options, compute, null, seen, progress, cancellation);

    /// <summary>Evaluates, from maps that were made before where they are given.</summary>
    internal static CohortEvaluationResult Evaluate(
        IAnnotatedCohort cohort, IReadOnlyList<NamedModel> models, IReadOnlyList<AnomalyMethod> baselines, CohortEvaluationOptions options,
        ComputeOptions compute, KeptMaps? kept, Action<EvaluatedMap>? seen, IProgress<CohortEvaluationProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(baselines);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(compute);
        options.Validate();
        int cases = cohort.CaseIds.Count;
        if (cases == 0)
            throw new OptionException(
                nameof(cohort), $"{cohort.Name} without a case", "at least one", "Look at the rejected cases in its list.");
        if (models.Count + baselines.Count == 0)
            throw new OptionException(nameof(models), "neither model nor baseline", "at least one", "Name a model.");
        var device = compute.Apply();
        var methods = new Methods(models, baselines, options, cohort.HasOrgans, new RandomStream(options.Seed).Fork(cohort.Name));
        Stopwatch reading = new(), screening = new(), measuring = new();
        var counting = EvaluationLoop.Run(
            Cases(), [.. methods.All.Select(m => m.Scores)], seen is null ? null : Show,
            (done, id, fraction) => progress?.Report(new(done, cases, id, fraction)), cancellation, kept is null ? null : Kept);
        measuring.Start();
        var results = methods.Finish(cancellation);
        var differences = methods.Compare(results, cancellation);
        measuring.Stop();
        return new CohortEvaluationResult
        {
            Cohort = cohort.Name,
            CohortSeed = cohort.Seed,
            ImportedWith = cohort.ImportedWith,
            Methods = results,
            Differences = differences,
            Models = [
                .. methods.Models.Select(
                    m => new ModelProvenance(
                        m.Model.Name, m.Model.Model.DescriptorOptions, m.Model.Model.Networks.Find(ConditionModel.StageName)?.Options,
                        m.Model.Model.FittingOptions, m.Windows, m.Model.Sha256,
                        m.Model.Model.Networks.Find(AnatomicalEmbeddingModel.StageName)?.Options))],
            Options = options,
            Cost = new EvaluationCost(
                reading.Elapsed.TotalSeconds, screening.Elapsed.TotalSeconds + methods.Seconds(ofModels: true),
                methods.Seconds(ofModels: false), (counting + measuring.Elapsed).TotalSeconds, ProcessMemory.PeakBytes,
                device.ToString(), $"{compute.Precision}", compute.ThreadCount),
            Libraries = LibraryVersions.All(),
        };

        AnomalyMap Kept(EvaluationCase scored, int method)
        {
            int index = cohort.CaseIds.Index().First(c => c.Item == scored.Id).Index;
            return KeptMaps.Read(kept.FileOf(cohort, index, methods.All[method].Name), scored.Scan, cancellation);
        }

        IEnumerable<EvaluationCase> Cases()
        {
            for (int i = 0; i < cases; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                reading.Start();
                var read = cohort.Read(i, cancellation);
                var (id, ct, lesions, affected) = read;
                reading.Stop();
                screening.Start();
                var scan = PatientScan.Of(ct, compute, cancellation);
                screening.Stop();
                yield return new EvaluationCase(id, scan, lesions, affected is null ? null : Within(affected, scan.Body), read.Labels);
            }
        }

        void Show(EvaluationCase scored, EvaluatedMethod method, AnomalyMap map) => seen(new EvaluatedMap(
            scored.Id, methods.All.First(m => m.Scores == method).Name, scored.Scan.Ct, scored.Scan.Body, scored.Lesions, map,
            method == methods.Shown?.Scores) { Labels = scored.Labels });
    }

    /// <summary>Makes the maps of some cases, and keeps them.</summary>
    /// <returns>For each case and method what it is called, and its file.</returns>
    internal static IReadOnlyList<(string Name, string File)> Keep(
        IAnnotatedCohort cohort, IEnumerable<int> cases, IReadOnlyList<NamedModel> models, IReadOnlyList<AnomalyMethod> baselines,
        CohortEvaluationOptions options, ComputeOptions compute, KeptMaps maps, IProgress<CohortEvaluationProgress>? progress,
        CancellationToken cancellation)
    {
        options.Validate();
        compute.Apply();
        var methods = new Methods(models, baselines, options, cohort.HasOrgans, new RandomStream(options.Seed).Fork(cohort.Name)).All;
        var made = new List<(string, string)>();
        int[] wanted = [.. cases];
        for (int done = 0; done < wanted.Length; done++)
        {
            var (index, id) = (wanted[done], cohort.CaseIds[wanted[done]]);
            string[] files = [.. methods.Select(m => maps.FileOf(cohort, index, m.Name))];
            made.AddRange(methods.Zip(files, (m, file) => ($"{cohort.Name}/{id} by {m.Name}", file)));
            if (files.All(KeptMaps.IsWhole))
                continue;
            cancellation.ThrowIfCancellationRequested();
            var scan = PatientScan.Of(cohort.ReadCt(index, cancellation), compute, cancellation);
            for (int m = 0; m < files.Length; m++)
            {
                var (place, part) = (done, m);
                if (!KeptMaps.IsWhole(files[m]))
                {
                    var map = methods[m].Scores.Method.Map(
                        scan, new Relay<double>(f => progress?.Report(new(place, wanted.Length, id, (part + f) / files.Length))),
                        cancellation);
                    KeptMaps.Write(files[m], map, scan.Body);
                }
            }

            progress?.Report(new(done + 1, wanted.Length, id, 0));
        }

        return made;
    }

    /// <summary>The part of an organ that lies in the body; the organ's array is used again.</summary>
    internal static BodyMask Within(LesionMask organ, BodyMask body)
    {
        for (int i = 0; i < organ.Voxels.Length; i++)
            organ.Voxels[i] &= body.Voxels[i];
        return new BodyMask(body.Grid, organ.Voxels);
    }

    private sealed class Methods
    {
        private readonly List<Method> _all = [];
        private readonly CohortEvaluationOptions _options;
        private readonly RandomStream _random;

        internal Methods(
            IReadOnlyList<NamedModel> models, IReadOnlyList<AnomalyMethod> baselines, CohortEvaluationOptions options, bool withOrgan,
            RandomStream random)
        {
            (_options, _random) = (options, random);
            var windows = models.Select(m => options.WindowsFor(m.Model) ?? SlidingWindowOptions.For(m.Model)).ToList();
            Models = [.. models.Zip(windows)];
            var made = Models
                .SelectMany(m => m.Model.Model.Methods(NamesFor(m.Model), options.WindowsFor(m.Model.Model))
                    .Select(method => (m.Model, Method: method)))
                .Select(m => (
                    Name: models.Count > 1 ? $"{m.Model.Name}: {m.Method.Name}" : m.Method.Name,
                    Model: (string?)m.Model.Name,
                    Head: m.Model.Model.Heads.FirstOrDefault(h => h.Name == m.Method.Name),
                    m.Method))
                .Concat(baselines.Select(b => (b.Name, (string?)null, (DensityHead?)null, b)))
                .ToList();
            if (made.DistinctBy(m => m.Name).Count() != made.Count)
                throw new OptionException(
                    nameof(models), "two of the same name", "a name of its own for each model and baseline", "Rename one.");

            foreach (var (name, model, head, method) in made)
            {
                var scores = new EvaluatedMethod(method, options.Evaluation, withOrgan, withFindings: true, random);
                _all.Add(new Method(name, model, head, scores));
            }
        }

        // Of several models each takes those that it has.
        private IReadOnlyList<string>? NamesFor(NamedModel model)
        {
            if (_options.Heads is not { } names)
                return null;
            string[] here = [.. names.Where(n => model.Model.HasMethod(n) || !Models.Any(m => m.Model.Model.HasMethod(n)))];
            return here.Length > 0 ? here : throw new OptionException(
                nameof(_options.Heads), string.Join(", ", names), $"at least one that the model '{model.Name}' has",
                $"It has {string.Join(", ", model.Model.MethodNames)}.");
        }

        internal IReadOnlyList<(NamedModel Model, SlidingWindowOptions Windows)> Models { get; }

        internal IReadOnlyList<Method> All => _all;

        internal double Seconds(bool ofModels) =>
            _all.Where(m => m.Model is not null == ofModels).Sum(m => m.Scores.Mapping.Elapsed.TotalSeconds);

        internal Method? Shown => _all.LastOrDefault(m => m.Model is not null);

        internal IReadOnlyList<MethodEvaluation> Finish(CancellationToken cancellation) =>
            [.. _all.Select(m => new MethodEvaluation(
                m.Name, m.Model, m.Head, m.Scores.Body.Finish(cancellation), m.Scores.Organ?.Finish(cancellation),
                Froc.Of(m.Scores.Findings, _options.Evaluation, _random.Fork("froc"))))];

        internal IReadOnlyList<MethodDifference> Compare(IReadOnlyList<MethodEvaluation> results, CancellationToken cancellation)
        {
            var differences = new List<MethodDifference>();
            if (_options.Evaluation.BootstrapReplicates == 0)
                return differences;

            // Each result is drawn from once, for all that it is compared with.
            var stream = _random.Fork("differences");
            var drawn = new Dictionary<EvaluationResult, CurveAreas[]>(ReferenceEqualityComparer.Instance);
            foreach (var method in results.Where(r => !r.IsBaseline))
            {
                foreach (var baseline in results.Where(r => r.IsBaseline))
                {
                    Add(EvaluationScope.Body, method.Body, baseline.Body);
                    if (method.Organ is not null && baseline.Organ is not null)
                        Add(EvaluationScope.Organ, method.Organ, baseline.Organ);

                    void Add(EvaluationScope scope, EvaluationResult first, EvaluationResult second) =>
                        differences.Add(
                            new(method.Name, baseline.Name, scope,
                                PairedBootstrap.Compare(
                                    [new PairedResults("", first, second)], _options.Evaluation, stream, (_, result) => Drawn(result))));
                }
            }

            return differences;

            CurveAreas[] Drawn(EvaluationResult result) => drawn.TryGetValue(result, out var areas)
                ? areas
                : drawn[result] = PairedBootstrap.Replicates(result, _options.Evaluation, stream, cancellation);
        }

        internal sealed record Method(string Name, string? Model, DensityHead? Head, EvaluatedMethod Scores);
    }
}
