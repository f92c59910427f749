using Microsoft.Extensions.Logging.Abstractions;
using Screener.Datasets;
using Screener.Errors;
using Screener.FineTuning;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.FineTuning;

[Collection(TorchCollection.Name)]
public sealed class FineTuningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ScreenerModel _model = TinyLabelled.Model();

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("distilled")]
    [InlineData("lesions")]
    [InlineData("descriptor")]
    public void AllButTheLastLayerIsTheModels(string name)
    {
        DenseNetwork from = name switch
        {
            "distilled" => _model.Distilled!.Network, "lesions" => _model.Ensemble!.Lesions[^1], _ => _model.Descriptor,
        };
        using var started = StartingWeights.Of(name, _model).Create(new RandomStream(5));
        var values = from.state_dict();
        int copied = 0, fresh = 0;
        foreach (var (key, value) in started.state_dict())
        {
            bool isLast = key.Contains("head", StringComparison.Ordinal);
            bool isSame = value.shape.SequenceEqual(values[key].shape) && value.equal(values[key]).all().item<bool>();
            Assert.True(isSame != isLast, key);
            _ = isLast ? fresh++ : copied++;
        }

        Assert.True(copied > 10 && fresh >= 2, $"{copied} copied, {fresh} fresh");

        // What is new does not depend on the start, and all of a random one is.
        using var random = StartingWeights.Of("random", _model).Create(new RandomStream(5));
        Assert.Equal(1, random.Options.DescriptorChannels);
        if (name != "descriptor")
        {
            Assert.True(random.state_dict()["network.head.levels.0.weight"].equal(
                started.state_dict()["network.head.levels.0.weight"]).all().item<bool>());
        }

        Assert.False(random.state_dict()["network.unet.stem.weight"].equal(
            _model.Distilled!.Network.state_dict()["network.unet.stem.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData("distilled")]
    [InlineData("descriptor")]
    public void ItLearnsToDrawLesionsInPatientsThatItHasNotSeen(string name)
    {
        var start = StartingWeights.Of(name, _model);
        LabelledVolume[] volumes = [.. new[] { 1, 2, 3 }.Select(n => LabelledVolume.Of(TinyLabelled.Case(n), start.Preprocessing, 1))];
        var options = TinyLabelled.Options with { Optimisation = TinyLabelled.Options.Optimisation with { Steps = 240 } };
        using var network = FineTuningTraining.Train(
            options, start, volumes, new() { Compute = TinyTraining.Compute }, TestContext.Current.CancellationToken);
        var unseen = TinyLabelled.Case(7);
        var scan = PatientScan.Of(unseen.Ct, TinyTraining.Compute);
        float[] odds = new FineTunedMethod(network, start, 0.25).Map(scan).Voxels;
        int both = 0, sum = 0;
        for (int i = 0; i < odds.Length; i++)
        {
            bool found = scan.Body.Voxels[i] != 0 && odds[i] > 0;
            both += found && unseen.Lesions.Voxels[i] != 0 ? 2 : 0;
            sum += (found ? 1 : 0) + unseen.Lesions.Voxels[i];
        }

        Assert.True(both > 0.6 * sum, $"Dice {both / (double)sum}");
    }

    [Fact]
    public void AnInterruptedTrainingEndsWithTheSameBits()
    {
        var start = StartingWeights.Of("distilled", _model);
        var options = TinyLabelled.Options with { Optimisation = TinyLabelled.Options.Optimisation with { Steps = 9 } };
        LabelledVolume[] volumes = [LabelledVolume.Of(TinyLabelled.Case(1), start.Preprocessing, 1)];
        using var whole = FineTuningTraining.Train(options, start, volumes, Run("whole"));
        using var source = new CancellationTokenSource();
        var run = Run("parts");
        run.History.Added += r =>
        {
            if (r.Step == 5)
                source.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => FineTuningTraining.Train(options, start, volumes, run, source.Token));
        using var parts = FineTuningTraining.Train(options, start, volumes, Run("parts"));
        foreach (var (name, value) in whole.state_dict())
            Assert.True(value.equal(parts.state_dict()[name]).all().item<bool>(), name);
    }

    [Fact]
    public void AStoppedStudyGoesOnToTheSameDiceAndReport()
    {
        AnnotatedCt[] cases = [.. Enumerable.Range(1, 5).Select(n => TinyLabelled.Case(n)), TinyLabelled.Case(6, isDiseased: false)];
        string[] patients = ["a", "b", "c", "d", "d", "e"];
        string model = _folder["m.screener"];
        _model.Save(model);
        var options = TinyLabelled.Options with
        {
            Starts = ["distilled", "descriptor", "random"],
            Optimisation = TinyLabelled.Options.Optimisation with { Steps = 6 },
        };
        var whole = Study("whole", null).Run(TestContext.Current.CancellationToken);
        Assert.Equal(["case1", "case2", "case3", "case4", "case5"], whole.Cases);
        Assert.Equal((1, 4), (whole.WithoutLesion, whole.Patients));
        Assert.Equal(
            [("distilled", 1), ("distilled", 2), ("descriptor", 1), ("descriptor", 2), ("random", 1), ("random", 2)],
            whole.FineTuned.Select(f => (f.Start, f.Labelled)));
        Assert.All(whole.FineTuned, f =>
        {
            Assert.Equal(5, f.Dice.Count);
            Assert.All(f.Dice, d => Assert.InRange(d, 0, 1));
            Assert.Equal(f.Dice.Average(), f.Mean.Value, 1e-12);
            Assert.Equal(f.Start == "random", f.Lead is null);
            Assert.True(f.Cost.Seconds > 0 && f.Cost.PeakMemoryBytes > 0);
        });
        Assert.Equal(("distilled", 2), (whole.Unsupervised!.Method, whole.Unsupervised.Thresholds.Count));

        // Stopped in each of several stages: what was done is kept.
        foreach (string stage in new[] { "distilled, 2 labelled, fold 1", "random, 1 labelled, fold 2", "Screening without labels" })
        {
            using var source = new CancellationTokenSource();
            var stopping = Study("parts", new Relay<FineTuningProgress>(p =>
            {
                if (p.Title.StartsWith(stage, StringComparison.Ordinal))
                    source.Cancel();
            }));
            Assert.ThrowsAny<OperationCanceledException>(() => stopping.Run(source.Token));
        }

        var seen = new List<string>();
        var parts = Study("parts", new Relay<FineTuningProgress>(p => seen.Add(p.Title))).Run(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(seen, t => t.StartsWith("distilled", StringComparison.Ordinal));
        Assert.Equal(whole.FineTuned.Select(f => f.Dice), parts.FineTuned.Select(f => f.Dice));
        Assert.Equal(whole.FineTuned.Select(f => (f.Mean, f.Lead)), parts.FineTuned.Select(f => (f.Mean, f.Lead)));
        Assert.Equal(whole.Unsupervised.Dice, parts.Unsupervised!.Dice);
        Assert.Empty(Directory.GetFiles(_folder["parts/parts"], "*.checkpoint"));

        parts.Write(_folder["r.json"]);
        var read = FineTuningResult.Read(_folder["r.json"]);
        Assert.Equal(StoredJson.Write(parts).GetRawText(), StoredJson.Write(read).GetRawText());
        string page = DocumentPage.Render(FineTuningReport.Of(read));
        string[] wanted = ["Dice by number of labelled cases", "without labels", "too low", "Peak memory", "Lead over random"];
        foreach (string text in wanted)
            Assert.Contains(text, page);

        FineTuningStudy Study(string name, IProgress<FineTuningProgress>? progress) => new(
            new TinyLabelled(_folder, cases, patients), _model, model, options, _folder[name], TinyTraining.Compute, NullLogger.Instance,
            progress);
    }

    [Fact]
    public void ItTrainsOnAMachineOfManyThreads()
    {
        var compute = TinyTraining.Compute with { Threads = 16 };
        TrainingRun.Of(compute).Validate();
        AnnotatedCt[] cases = [.. Enumerable.Range(1, 2).Select(n => TinyLabelled.Case(n))];
        using var plain = TinyTraining.Model();
        var options = TinyLabelled.Options with
        {
            Starts = ["descriptor"], Labelled = [1], Optimisation = TinyLabelled.Options.Optimisation with { Steps = 1 },
        };
        var result = new FineTuningStudy(
            new TinyLabelled(_folder, cases, ["a", "b"]), plain, _folder["none"], options, _folder["many"], compute, NullLogger.Instance)
            .Run(TestContext.Current.CancellationToken);
        Assert.Equal(2, Assert.Single(result.FineTuned).Dice.Count);
    }

    [Fact]
    public void BadInputIsOneErrorBeforeTheWork()
    {
        AnnotatedCt[] cases = [.. Enumerable.Range(1, 4).Select(n => TinyLabelled.Case(n))];
        var options = TinyLabelled.Options;
        Assert.Contains("5 for 4 patients", Assert.Throws<OptionException>(() => Run(cases, options with { Folds = 5 })).Message);
        Assert.Contains(
            "at most 2", Assert.Throws<OptionException>(() => Run(cases, options with { Labelled = [1, 3], ThresholdCases = 1 })).Message);
        Assert.Contains("no lesion in any", Assert.Throws<AnnotationException>(
            () => Run([TinyLabelled.Case(1, false), TinyLabelled.Case(2, false)], options)).Message);

        var (id, ct, lesions, _) = TinyLabelled.Case(3);
        var elsewhere = new VolumeGrid(lesions.Shape, Affine.Canonical(new(3, 2.5, 2), 900, 12, 5));
        Assert.Contains("on a grid of", Assert.Throws<ScoreMapException>(
            () => Run([.. cases, new AnnotatedCt("x", ct, new LesionMask(elsewhere, lesions.Voxels), null)], options)).Message);
        Assert.Throws<OptionException>(() => (options with { Labelled = [2, 1] }).Validate());
        Assert.Throws<OptionException>(() => (options with { Starts = ["random", "distill"] }).Validate());

        using var plain = TinyTraining.Model();
        Assert.Contains("screener distil", Assert.Throws<OptionException>(() => StartingWeights.Of("distilled", plain)).Message);

        var all = new byte[lesions.Voxels.Length];
        Array.Fill(all, (byte)1);
        var start = StartingWeights.Of("distilled", _model);
        var labelled = LabelledVolume.Of(new AnnotatedCt(id, ct, new LesionMask(ct.Grid, all), null), start.Preprocessing, 1);
        Assert.Contains("one class", Assert.Throws<OptionException>(
            () => FineTuningTraining.Train(options, start, [labelled], new() { Compute = TinyTraining.Compute })).Message);

        void Run(AnnotatedCt[] given, FineTuningOptions wanted) => new FineTuningStudy(
            new TinyLabelled(_folder, given, [.. given.Select(c => c.Id)]), _model, _folder["none"], wanted, _folder["bad"],
            TinyTraining.Compute, NullLogger.Instance).Run(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void ALesionThatPreparationLosesIsNamedBeforeTheFirstTraining()
    {
        // One voxel of a lesion, between the voxels of the prepared volume; only the last fold learns from it.
        var options = TinyLabelled.Options with { Starts = ["distilled"], Labelled = [1] };
        string[] patients = ["a", "b", "c", "d"];
        var folds = PatientFolds.Of(patients, options.Folds, options.ThresholdCases, new RandomStream(options.Seed).Fork("folds"));
        AnnotatedCt[] cases = [.. Enumerable.Range(1, 4).Select(n => TinyLabelled.Case(n))];
        int lost = folds[^1].Others[0];
        cases[lost] = WithLostLesion(cases[lost]);
        var told = new List<string>();
        var study = new FineTuningStudy(
            new TinyLabelled(_folder, cases, patients), _model, _folder["none"], options, _folder["lost"], TinyTraining.Compute,
            NullLogger.Instance, new Relay<FineTuningProgress>(p => told.Add(p.Title)));
        string message = Assert.Throws<OptionException>(() => study.Run(TestContext.Current.CancellationToken)).Message;
        Assert.Contains($"distilled, {cases[lost].Id}", message);
        Assert.All(told, t => Assert.Equal("Reading cases", t));

        AnnotatedCt WithLostLesion(AnnotatedCt whole)
        {
            var preparation = StartingWeights.Of("distilled", _model).Preprocessing;
            for (int i = whole.Lesions.Voxels.Length / 2; ; i++)
            {
                var voxels = new byte[whole.Lesions.Voxels.Length];
                voxels[i] = 1;
                var tried = whole with { Lesions = new LesionMask(whole.Ct.Grid, voxels) };
                if (!LabelledVolume.Of(tried, preparation, 1).Classes.HasLesion)
                    return tried;
            }
        }
    }

    [Fact]
    public void NoPatientIsTrainedAndTestedOn()
    {
        string[] patients = [.. Enumerable.Range(0, 20).Select(i => $"p{i / 2}")];
        var folds = PatientFolds.Of(patients, 3, 12, new RandomStream(1));
        Assert.Equal(Enumerable.Range(0, 20), folds.SelectMany(f => f.Tested).Order());
        Assert.All(folds, f =>
        {
            Assert.Empty(f.Tested.Select(i => patients[i]).Intersect(f.Others.Select(i => patients[i])));
            Assert.Equal(20, f.Tested.Count + f.Others.Count);
            Assert.InRange(f.Tested.Count, 6, 8);
        });
        Assert.NotEqual(folds[0].Others.Order(), folds[0].Others);
        Assert.Throws<OptionException>(() => PatientFolds.Of(patients, 11, 1, new RandomStream(1)));
        Assert.Throws<OptionException>(() => PatientFolds.Of(patients, 2, 11, new RandomStream(1)));
    }

    private TrainingRun Run(string name) => new()
    {
        Compute = TinyTraining.Compute, RecordEvery = 1, CheckpointEvery = 2, CheckpointPath = _folder[$"{name}.checkpoint"],
    };
}
