using Screener.Baselines;
using Screener.Distillation;
using Screener.Errors;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.Inference;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;
using Screener.Training;

namespace Screener.Tests.Distillation;

[Collection(TorchCollection.Name)]
public sealed class DistillationTests : IDisposable
{
    private static readonly DistillationOptions Options = new()
    {
        CropsPerStep = 2, VoxelsPerCt = 20_000, Seed = 3,
        Optimisation = new DistillationOptions().Optimisation with
        {
            Steps = 60, LearningRate = new() { Peak = 5e-3, WarmUpFraction = 0.1 },
        },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CtVolume[] _population = [ScreeningTests.Ball(), ScreeningTests.Ball(22)];
    private readonly ScreenerModel _model;
    private readonly IReadOnlyList<TaughtVolume> _volumes;

    public DistillationTests()
    {
        var plain = TinyTraining.Model();
        _model = plain.With(EnsembleCalibration.Calibrate(
            plain, [new LesionNetwork(TinyLesions.Options, new RandomStream(8))],
            HuBaseline.Fit(
                _population.Select(ct => (ct, BodyMaskFinder.Find(ct, BodyMaskOptions.Default, 1))),
                EnsembleOptions.HuOptions with { Cells = 3 }),
            new EnsembleOptions { VoxelsPerCt = 20_000 }, _population.Select((ct, i) => ($"{i}", ct)), TinyTraining.Compute));
        _volumes = [.. _population.Select(ct => TaughtVolume.Of(_model, Scan(ct), Options))];
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ItLearnsTheMapOfTheModel()
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var distilled = Distil(run);
        double[] loss = [.. run.History.Records.Select(r => r.Values["loss"])];
        double first = loss[..15].Average(), last = loss[^15..].Average();
        Assert.True(last < 0.7 * first, $"from {first:0.00} to {last:0.00}");
        var model = _model.With(distilled);
        Assert.Equal(["drawn lesions", "distilled", "ensemble by place", "ensemble"], model.MethodNames.TakeLast(4));
        var scan = Scan(_population[0]);
        var (taught, learnt) = (Map(_model, "ensemble", scan), Map(model, "distilled", scan));
        Assert.True(learnt.IsCalibrated);
        Assert.True(Correlation(taught, learnt, scan.Body) > 0.3, $"{Correlation(taught, learnt, scan.Body)}");

        // Its own tails: the stated rate is the observed one, every patient counting the same.
        double above = _population.Average(ct => Inside(Map(model, "distilled", Scan(ct)), Scan(ct).Body).Average(v => v > 1.5 ? 1.0 : 0));
        Assert.InRange(above, 0.8 * Math.Pow(10, -1.5), 1.2 * Math.Pow(10, -1.5));
    }

    [Fact]
    public void TheTaughtMapIsTheModelsOnThePreparedGrid()
    {
        var (image, map) = _volumes[0];
        Assert.Equal(image.Grid, map.Grid);
        Assert.All(map.Intensities, v => Assert.InRange(v, 0, 1));
        var scan = Scan(_population[0]);
        var whole = Map(_model, "ensemble", scan);
        var expected = Screener.Imaging.Resampling.GridResampler.Linear(whole.Voxels, whole.Grid, image.Grid, 0, 1, default);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(Math.Clamp(expected[i], 0, Options.MostTail), map.Intensities[i] * Options.MostTail, 1e-4);
    }

    [Fact]
    public void ACopyShowsDrawnLesionsAndWhatTheModelSaysOfThem()
    {
        var scan = Scan(_population[0]);
        float[] before = [.. scan.Ct.Voxels];
        var copy = TaughtVolume.Of(_model, scan, Options, 1);
        Assert.Equal(before, scan.Ct.Voxels);
        Assert.Equal(_volumes[0].Image.Grid, copy.Image.Grid);
        Assert.InRange(Different(copy.Image, _volumes[0].Image), 10, copy.Image.Intensities.Length / 2);
        Assert.True(Different(copy.Map, _volumes[0].Map) > 10);
        Assert.Equal(copy.Image.Intensities, TaughtVolume.Of(_model, scan, Options, 1).Image.Intensities);
        Assert.True(Different(copy.Image, TaughtVolume.Of(_model, scan, Options, 2).Image) > 0);

        static int Different(PreparedVolume a, PreparedVolume b) =>
            a.Intensities.Zip(b.Intensities).Count(p => Math.Abs(p.First - p.Second) > 1e-3);
    }

    [Fact]
    public void AnInterruptedRunEndsWithTheSameBits()
    {
        byte[] whole = File.ReadAllBytes(Save("whole", Run("whole"), default));
        using var source = new CancellationTokenSource();
        var run = Run("parts");
        run.History.Added += r =>
        {
            if (r.Step == 7)
                source.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => Save("parts", run, source.Token));
        Assert.Equal(whole, File.ReadAllBytes(Save("parts", Run("parts"), default)));
    }

    [Fact]
    public void AModelFileGivesItBack()
    {
        string path = Save("m.screener", new TrainingRun { Compute = TinyTraining.Compute }, default);
        using var read = ScreenerModel.Load(path, TinyTraining.Compute);
        Assert.Equal(Options.Overlap, read.Distilled!.Overlap);
        read.Save(_folder["n.screener"]);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["n.screener"]));

        // With windows of its own choice unless others are asked for.
        var scan = Scan(_population[0]);
        float[] own = Map(read, "distilled", scan).Voxels;
        float[] asked = read.Methods(["distilled"], SlidingWindowOptions.For(read) with { Overlap = Options.Overlap })[0].Map(scan).Voxels;
        Assert.Equal(own, asked);
        Assert.NotEqual(own, read.Methods(["distilled"], SlidingWindowOptions.For(read) with { Overlap = 0.9 })[0].Map(scan).Voxels);

        // Other experts are another map: what learnt the old one is not kept beside them.
        Assert.Null(read.With(read.Ensemble!).Distilled);
    }

    [Fact]
    public void WrongRequestsAreClearErrors()
    {
        var run = new TrainingRun { Compute = TinyTraining.Compute };
        using var plain = TinyTraining.Model();
        var error = Assert.Throws<OptionException>(() => DistillationTraining.Train(Options, plain, _volumes, run));
        Assert.Contains("screener ensemble", error.Message);
        Assert.Throws<OptionException>(() => TaughtVolume.Of(plain, Scan(_population[0]), Options));
        Assert.Throws<OptionException>(() => DistillationTraining.Train(Options, _model, [], run));
        Assert.Throws<OptionException>(() => (Options with { MostTail = 0 }).Validate());
        Assert.Throws<OptionException>(() => _model.Methods(["distilled"]));
    }

    private static PatientScan Scan(CtVolume ct) => PatientScan.Of(ct, TinyTraining.Compute);

    private static AnomalyMap Map(ScreenerModel model, string method, PatientScan scan) => model.Methods([method])[0].Map(scan);

    private static IEnumerable<float> Inside(AnomalyMap map, BodyMask body) => map.Voxels.Where((_, i) => body.Voxels[i] != 0);

    private static double Correlation(AnomalyMap a, AnomalyMap b, BodyMask body)
    {
        float[] x = [.. Inside(a, body)], y = [.. Inside(b, body)];
        double meanX = x.Average(), meanY = y.Average();
        double covariance = x.Zip(y, (u, v) => (u - meanX) * (v - meanY)).Sum();
        return covariance / Math.Sqrt(x.Sum(u => (u - meanX) * (u - meanX)) * y.Sum(v => (v - meanY) * (v - meanY)));
    }

    private Distilled Distil(TrainingRun run, CancellationToken cancellation = default) => DistillationTraining.Calibrate(
        Options, _model, DistillationTraining.Train(Options, _model, _volumes, run, cancellation),
        _population.Select((ct, i) => ($"{i}", Scan(ct))), TinyTraining.Compute, cancellation);

    private string Save(string name, TrainingRun run, CancellationToken cancellation)
    {
        using var distilled = Distil(run, cancellation);
        _model.With(distilled).Save(_folder[name]);
        return _folder[name];
    }

    private TrainingRun Run(string name) => new()
    {
        Compute = TinyTraining.Compute, RecordEvery = 1, CheckpointEvery = 5, CheckpointPath = _folder[$"{name}.checkpoint"],
    };
}
