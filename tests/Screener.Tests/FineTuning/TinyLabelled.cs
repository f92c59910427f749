using Screener.Baselines;
using Screener.Datasets;
using Screener.Distillation;
using Screener.FineTuning;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.Inference;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;

namespace Screener.Tests.FineTuning;

/// <summary>Balls with a dense ball in each, as a cohort whose files hold only a name, and a model whose networks are tiny.</summary>
internal sealed class TinyLabelled(
    TemporaryFolder folder, IReadOnlyList<AnnotatedCt> cases, IReadOnlyList<string> patients) : IAnnotatedCohort
{
    internal static readonly FineTuningOptions Options = new()
    {
        Labelled = [1, 2], Folds = 2, ThresholdCases = 2, CropsPerStep = 2, BootstrapReplicates = 50, Seed = 3,
        Optimisation = new FineTuningOptions().Optimisation with
        {
            Steps = 80, LearningRate = new() { Peak = 1e-2, WarmUpFraction = 0.1 },
        },
    };

    public string Name => "tiny";

    public DatasetManifest Manifest { get; } = DatasetCatalogue.Find("kidney-tumours");

    public ulong? Seed => null;

    public DatasetImportOptions? ImportedWith => null;

    public IReadOnlyList<string> CaseIds { get; } = [.. cases.Select(c => c.Id)];

    public bool HasOrgans => false;

    public IReadOnlyList<string> FilesOf(int index)
    {
        if (!File.Exists(folder[CaseIds[index]]))
            File.WriteAllText(folder[CaseIds[index]], CaseIds[index]);
        return [folder[CaseIds[index]]];
    }

    public CtVolume ReadCt(int index, CancellationToken cancellation = default) => cases[index].Ct;

    public AnnotatedCt Read(int index, CancellationToken cancellation = default) => cases[index];

    string IAnnotatedCohort.PatientOf(int index) => patients[index];

    /// <summary>A patient with one lesion, or with none.</summary>
    internal static AnnotatedCt Case(int number, bool isDiseased = true)
    {
        var ball = ScreeningTests.Ball();
        var random = new RandomStream((ulong)number);
        var (d0, h0, w0) = (random.Uniform(19, 27), random.Uniform(17, 23), random.Uniform(14, 20));
        float[] hu = [.. ball.Voxels];
        var lesions = new byte[hu.Length];
        for (int i = 0; i < hu.Length && isDiseased; i++)
        {
            double d = (i / (40 * 36) - d0) * 3, h = (i / 36 % 40 - h0) * 2.5, w = (i % 36 - w0) * 2;
            if ((d * d) + (h * h) + (w * w) < 144)
                (hu[i], lesions[i]) = (500, 1);
        }

        return new AnnotatedCt($"case{number}", new CtVolume(ball.Grid, hu, $"case{number}"), new LesionMask(ball.Grid, lesions), null);
    }

    /// <summary>A model with an ensemble and a network that is called distilled; the caller owns it.</summary>
    internal static ScreenerModel Model()
    {
        CtVolume[] population = [ScreeningTests.Ball(), ScreeningTests.Ball(22)];
        var plain = TinyTraining.Model();
        var model = plain.With(EnsembleCalibration.Calibrate(
            plain, [new LesionNetwork(TinyLesions.Options, new RandomStream(8))],
            HuBaseline.Fit(
                population.Select(ct => (ct, BodyMaskFinder.Find(ct, BodyMaskOptions.Default, 1))),
                EnsembleOptions.HuOptions with { Cells = 3 }),
            new EnsembleOptions { VoxelsPerCt = 20_000 }, population.Select((ct, i) => ($"{i}", ct)), TinyTraining.Compute));
        return model.With(DistillationTraining.Calibrate(
            new DistillationOptions { VoxelsPerCt = 5000 }, model, new LesionNetwork(TinyLesions.Options, new RandomStream(9)),
            population.Select((ct, i) => ($"{i}", PatientScan.Of(ct, TinyTraining.Compute))), TinyTraining.Compute));
    }
}
