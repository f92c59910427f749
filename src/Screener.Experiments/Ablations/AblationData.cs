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

namespace Screener.Ablations;

/// <summary>A grid's cohorts, prepared once for each preprocessing and kept in the grid's folder.</summary>
/// <param name="grid">The grid.</param>
/// <param name="folder">Where prepared volumes and masks are kept.</param>
/// <param name="threads">Processor threads.</param>
/// <param name="logger">Warned of what is made again.</param>
internal sealed class AblationData(AblationGrid grid, string folder, int threads, ILogger logger)
{
    private readonly Dictionary<string, AblationVolumes> _prepared = [];

    /// <summary>The test cohorts, in the grid's order.</summary>
    internal IReadOnlyList<IAnnotatedCohort> Cohorts { get; } = Open(grid);

    /// <summary>The volumes of a preprocessing; made where they are missing.</summary>
    /// <param name="options">The preprocessing.</param>
    /// <param name="progress">Fraction done, and of what.</param>
    /// <param name="cancellation">Stops within a CT; finished ones stay.</param>
    /// <exception cref="ScreenerException">A CT is missing, damaged or refused.</exception>
    internal AblationVolumes Prepare(
        PreprocessingOptions options, Action<double, string>? progress = null, CancellationToken cancellation = default)
    {
        string key = options.Fingerprint();
        if (_prepared.TryGetValue(key, out var done))
            return done;
        string home = Path.Combine(folder, "prepared", key);
        var training = Volumes(grid.TrainingData, Path.Combine(home, TrainingFolder), "training volumes");
        if (training.Cases.Count == 0)
            throw new MissingInputException(
                grid.TrainingData[0], training.Rejected[0].Reason, "at least one CT that can be prepared",
                "Look at the reasons in prepared.json.");
        var tests = new List<TestVolumes>();
        for (int i = 0; i < Cohorts.Count; i++)
        {
            var volumes = Volumes([grid.TestData[i]], Path.Combine(home, FolderOf(i)), Cohorts[i].Name);
            if (volumes.Rejected.Count > 0)
                throw new MissingInputException(
                    volumes.Rejected[0].Source, volumes.Rejected[0].Reason, "a CT that can be prepared",
                    "Take it out of the test cohort: every case counts.");
            tests.Add(
                new TestVolumes(
                    Cohorts[i], volumes, MasksOf(Cohorts[i], Path.Combine(folder, "masks", FolderOf(i)), volumes, progress, cancellation)));
        }

        return _prepared[key] = new AblationVolumes(training, tests);

        PreparedCohort Volumes(IReadOnlyList<string> paths, string target, string title)
        {
            // Volumes that 'screener prepare' made in the same way are taken as they are.
            if (paths.Count == 1 && File.Exists(Path.Combine(paths[0], PreparedCohort.FileName))
                && PreparedCohort.Read(paths[0]) is var given && given.Options.Fingerprint() == key)
                return given;
            return CohortPreparation.Prepare(
                PreparationInputs.Find(paths, cancellation: cancellation), target, options, CtReaders.All(threads), threads,
                new Relay<PreparationProgress>(
                    p => progress?.Invoke((p.Done + (p.Done < p.Cases ? p.CaseFraction : 0)) / p.Cases, $"preparing {title}")),
                    cancellation);
        }
    }

    /// <summary>The volumes of a preprocessing if all of them stand; null if something would have to be made.</summary>
    internal AblationVolumes? Standing(PreprocessingOptions options)
    {
        string home = Path.Combine(folder, "prepared", options.Fingerprint());
        bool trained = File.Exists(Path.Combine(home, TrainingFolder, PreparedCohort.FileName))
            || (grid.TrainingData.Count == 1 && File.Exists(Path.Combine(grid.TrainingData[0], PreparedCohort.FileName)));
        return trained && Enumerable.Range(0, Cohorts.Count).All(i => File.Exists(Path.Combine(home, FolderOf(i), PreparedCohort.FileName)))
            ? Prepare(options)
            : null;
    }

    // Grids on different data may share the folder: what is made of other files lies elsewhere, whatever their cohorts are called.
    private string TrainingFolder => $"train-{Sources(grid.TrainingData)}";

    private string FolderOf(int cohort) => $"{Cohorts[cohort].Name}-{Sources([grid.TestData[cohort]])}";

    private static string Sources(IReadOnlyList<string> paths) => ContentKey.Of(paths.Select(Path.GetFullPath))[..8];

    private static List<IAnnotatedCohort> Open(AblationGrid grid)
    {
        var cohorts = grid.TestData.Select(path => AnnotatedCohort.Open(path)).ToList();
        if (cohorts.Select(c => c.Name).Append("train").Distinct(StringComparer.OrdinalIgnoreCase).Count() <= cohorts.Count)
            throw new OptionException(
                "AblationGrid.TestData", string.Join(", ", cohorts.Select(c => $"'{c.Name}'")), "test cohorts of different names",
                "Leave one out; training phantoms are no test cohort.");
        if (cohorts.FirstOrDefault(c => c.CaseIds.Count == 0) is { } empty)
            throw new OptionException("AblationGrid.TestData", $"{empty.Name} without a case", "at least one case in each cohort");
        return cohorts;
    }

    private string[] MasksOf(
        IAnnotatedCohort cohort, string target, PreparedCohort volumes, Action<double, string>? progress, CancellationToken cancellation)
    {
        var files = new string[volumes.Cases.Count];
        for (int i = 0; i < files.Length; i++)
        {
            var entry = volumes.Cases[i];
            if (entry.Id != cohort.CaseIds[i])
                throw new MissingInputException(entry.Source, $"case {entry.Id}", $"case {cohort.CaseIds[i]}", "Make the cohort again.");
            files[i] = Path.Combine(target, entry.Id + ".masks");
            string stamp = ContentKey.Of(new { entry.Id, cohort.Seed, Preparation = cohort.ImportedWith, files = cohort.KeyOf(i) });
            if (!CaseMasks.Stands(files[i], stamp))
            {
                if (File.Exists(files[i]))
                    logger.LogWarning(
                        "masks of {Cohort}, {Case}: of other files or of an earlier version; what they judged is judged again",
                        cohort.Name, entry.Id);
                CaseMasks.Of(cohort.Read(i, cancellation), threads, cancellation).Write(files[i], stamp);
            }

            progress?.Invoke((i + 1.0) / files.Length, $"masks of {cohort.Name}");
        }

        return files;
    }
}

/// <summary>The prepared volumes of a grid.</summary>
internal sealed class AblationVolumes
{
    internal AblationVolumes(PreparedCohort training, IReadOnlyList<TestVolumes> tests)
    {
        TrainingCohort = training;
        Training = new PreparedVolumes(training);
        Tests = tests;
        TrainingKey = training.ContentKey();
        TestKeys = [.. tests.Select(
            t => ContentKey.Of(new { volumes = t.Volumes.ContentKey(), masks = t.Masks.Select(ContentKey.OfFile) }))];
    }

    /// <summary>The list of the training volumes.</summary>
    internal PreparedCohort TrainingCohort { get; }

    /// <summary>The training volumes, kept in memory as far as there is room.</summary>
    internal PreparedVolumes Training { get; }

    /// <summary>The test cohorts.</summary>
    internal IReadOnlyList<TestVolumes> Tests { get; }

    /// <summary>The content of all training volumes.</summary>
    internal string TrainingKey { get; }

    /// <summary>The content of each test cohort, masks included.</summary>
    internal IReadOnlyList<string> TestKeys { get; }
}

/// <summary>A test cohort: its volumes as the networks see them, and its masks.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Volumes">The prepared volumes.</param>
/// <param name="Masks">A file of <see cref="CaseMasks"/> for each.</param>
internal sealed record TestVolumes(IAnnotatedCohort Cohort, PreparedCohort Volumes, IReadOnlyList<string> Masks)
{
    /// <summary>A test case.</summary>
    internal EvaluationCase CaseOf(int index, ComputeOptions compute, CancellationToken cancellation)
    {
        var mask = CaseMasks.Read(Masks[index]);
        var scan = new PatientScan(() => Cohort.ReadCt(index, cancellation), mask.Body, compute);
        return new EvaluationCase(Volumes.Cases[index].Id, scan, mask.Lesions, mask.Organ);
    }

    /// <summary>A method's score, by the grid's protocol.</summary>
    /// <param name="method">The method.</param>
    /// <param name="grid">The grid.</param>
    /// <param name="compute">Device and threads.</param>
    /// <param name="caseOf">The case at a place.</param>
    /// <param name="cancellation">Stops between maps.</param>
    internal AblationScore Evaluate(
        AnomalyMethod method, AblationGrid grid, ComputeOptions compute, Func<int, EvaluationCase> caseOf, CancellationToken cancellation)
    {
        var options = grid.Evaluation with { Threads = compute.ThreadCount };
        var scores = new EvaluatedMethod(
            method, options, Cohort.HasOrgans, withFindings: false, new RandomStream(grid.Seed).Fork(Cohort.Name));
        EvaluationLoop.Run(Enumerable.Range(0, Volumes.Cases.Count).Select(caseOf), [scores], null, null, cancellation);
        return new AblationScore(Cohort.Name, scores.Body.Finish(cancellation), scores.Organ?.Finish(cancellation));
    }
}
