using Screener.Ablations;
using Screener.Conditions;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Ablations;

[Collection(TorchCollection.Name)]
public sealed class AblationRunnerTests(TinyAblation tiny) : IClassFixture<TinyAblation>
{
    [Fact]
    public void ARunGoesOnAndGivesTheSameNumbersWhateverRunsBesideIt()
    {
        string whole = tiny.Folder["whole"], stopped = tiny.Folder["stopped"];
        var one = AblationRunner.Run(tiny.Grid, whole, TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(12, one.Count);
        Assert.Equal(12, one.Select(r => Numbers([r])).Distinct().Count());
        Assert.All(
            one, r =>
                Assert.True(
                    r.Scores[0].Body.Auroc.Value is > 0 and < 1 && r.Scores[0].Organ!.NegativeVoxels < r.Scores[0].Body.NegativeVoxels));

        // Stopped in the middle, and gone on with two cells at a time.
        using var stop = new CancellationTokenSource();
        var until = new Relay(p =>
        {
            if (p.Done == 3)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => AblationRunner.Run(tiny.Grid, stopped, TinyAblation.Once with { Progress = until }, stop.Token));
        int done = AblationRunner.List(tiny.Grid, stopped, TinyAblation.Once).Count(c => c.File is not null);
        Assert.InRange(done, 3, 11);
        var two = AblationRunner.Run(tiny.Grid, stopped, TinyAblation.Once with { Parallel = 2 }, TestContext.Current.CancellationToken);
        Assert.Equal(Numbers(one), Numbers(two));

        // All done: read, not run.
        var written = Directory.GetFiles(Path.Combine(whole, "cells")).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(Numbers(one), Numbers(AblationRunner.Run(tiny.Grid, whole, TinyAblation.Once, TestContext.Current.CancellationToken)));
        Assert.All(written, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));

        // A damaged cell, network or map is made again, to the same numbers.
        File.WriteAllText(written.Keys.First(), "{");
        foreach (string network in Directory.GetFiles(Path.Combine(whole, "networks")))
        {
            byte[] bytes = File.ReadAllBytes(network);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(network, bytes);
        }

        foreach (string maps in Directory.GetFiles(Path.Combine(whole, "features"), "*.maps", SearchOption.AllDirectories))
            File.WriteAllBytes(maps, [.. File.ReadAllBytes(maps)[..^1], 0]);
        Assert.Equal(Numbers(one), Numbers(AblationRunner.Run(tiny.Grid, whole, TinyAblation.Once, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void ACellsScoresAreThoseOfTheModelItStandsFor()
    {
        string folder = tiny.Folder["model"];
        var results = AblationRunner.Run(tiny.Grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        string networks = Path.Combine(folder, "networks");
        var conditions = new ConditionNetworks(NetworkFile.ReadCondition(Directory.GetFiles(networks, "masking*").Single()));
        Assert.Equal(2, Directory.GetFiles(networks).Length);

        // Any weights do: what is compared is the way from a density to a map.
        var cell = results.Single(r => r.Cell is { Condition: "masking-invariant", Density: "Gaussian", DensitySeed: 1 });
        var options = cell.Fitting!;
        var density = options.Heads[0].Density.Create(8, 8, new Randomness.RandomStream(3));
        using var model = new ScreenerModel(
            cell.DescriptorTraining!, NetworkFile.ReadDescriptor(Directory.GetFiles(networks, "VICReg-8*").Single()).Network, conditions,
            options, [density]);
        var cohort = AnnotatedCohort.Open(tiny.Folder["lung-nodules"]);
        var windows = SlidingWindowOptions.Quick with { Window = options.PatchShape, Overlap = tiny.Grid.Overlap };
        for (int i = 0; i < cohort.CaseIds.Count; i++)
        {
            var expected = model.Methods(null, windows)[0].Map(PatientScan.Of(cohort.ReadCt(i), TinyAblation.Once.Compute));
            var actual = TinyAblation.Scores(tiny.Grid, folder, cell, density, i);
            Assert.True(expected.Grid.Matches(actual.Grid));
            double range = expected.Voxels.Max() - expected.Voxels.Min();
            Assert.True(range > 1e-3);
            for (int v = 0; v < expected.Voxels.Length; v++)
                Assert.True(
                    Math.Abs(expected.Voxels[v] - actual.Voxels[v]) < 5e-3 * range, $"{v}: {expected.Voxels[v]} {actual.Voxels[v]}");
        }
    }

    [Fact]
    public async Task AReadersOwnConditionIsComparedWithTheOthers()
    {
        AblationGrid With(Condition own) => tiny.Grid with
        {
            Densities = [tiny.Grid.Densities[0]], Conditions = [.. tiny.Grid.Conditions.Take(2), new("brightness", own)],
            DensitySeeds = [1],
        };
        var grid = With(new Brightness());
        var arrived = new List<AblationResult>();
        int before = Brightness.Calls;
        await foreach (var result in AblationRunner.RunAsync(
            grid, tiny.Folder["own"], TinyAblation.Once, TestContext.Current.CancellationToken))
            arrived.Add(result);
        Assert.Equal(["none", "sin-cos", "brightness"], arrived.Select(r => r.Cell.Condition));
        Assert.Equal(3, arrived.Select(r => Numbers([r])).Distinct().Count());
        Assert.True(Brightness.Calls > before);

        // Without a content key it is fitted anew; with one it is not.
        Assert.Equal(
            [true, true, false], AblationRunner.List(grid, tiny.Folder["own"], TinyAblation.Once).Select(c => c.File is not null));
        var keyed = With(new Brightness { Key = "brightness 1" });
        var again = AblationRunner.Run(keyed, tiny.Folder["own"], TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(Numbers(arrived.Take(2)), Numbers(again.Take(2)));

        // What is kept is rounded to half precision.
        double exact = arrived[2].Scores[0].Body.Auroc.Value!.Value, kept = again[2].Scores[0].Body.Auroc.Value!.Value;
        Assert.True(exact != kept && Math.Abs(exact - kept) < 1e-4, $"{exact} {kept}");
        int calls = Brightness.Calls;
        AblationRunner.Run(keyed, tiny.Folder["own"], TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(calls, Brightness.Calls);
    }

    [Fact]
    public void HalfAFitToAnUnnamedConditionIsNotKept()
    {
        // Stopped while its density is fitted, and perhaps another class when it runs again.
        foreach (string? key in (string?[])[null, "brightness 2"])
        {
            var grid = tiny.Grid with
            {
                Densities = [tiny.Grid.Densities[0]], DensitySeeds = [1],
                Conditions = [tiny.Grid.Conditions[0], new("brightness", new Brightness { Key = key })],
            };
            string folder = tiny.Folder[$"stopped {key}"];
            using var stop = new CancellationTokenSource();
            var progress = new Relay(p =>
            {
                if (p.Now.Contains("brightness", StringComparison.Ordinal) && p.Now.Contains("seeds", StringComparison.Ordinal)
                    && p.Fraction > 0)
                    stop.Cancel();
            });
            Assert.ThrowsAny<OperationCanceledException>(
                () => AblationRunner.Run(
                    grid, folder, TinyAblation.Once with { Progress = progress }, stop.Token));
            Assert.Equal(key is null ? 0 : 1, Directory.GetFiles(Path.Combine(folder, "cells"), "*.checkpoint").Length);
        }
    }

    [Fact]
    public void LesionsDrawnAgainAreScoredAgain()
    {
        string data = tiny.Grid.TestData[0], copy = tiny.Folder["drawn"], folder = tiny.Folder["drawn again"];
        foreach (string file in Directory.GetFiles(data, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var grid = tiny.Grid with
        {
            TestData = [copy], Conditions = [tiny.Grid.Conditions[0]], Densities = [tiny.Grid.Densities[0]], DensitySeeds = [1],
        };
        string first = Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken));
        Assert.NotNull(AblationRunner.List(grid, folder, TinyAblation.Once).Single().File);

        // The same files as if copied anew.
        var files = AnnotatedCohort.Open(copy).FilesOf(0);
        foreach (string file in files)
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        Assert.NotNull(AblationRunner.List(grid, folder, TinyAblation.Once).Single().File);

        // Only the lesions' file changes, and not its time: all organs instead.
        var time = File.GetLastWriteTimeUtc(files[1]);
        File.Copy(files[2], files[1], overwrite: true);
        File.SetLastWriteTimeUtc(files[1], time);
        Assert.NotEqual(first, Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void AnotherTrainingVolumeInTheMiddleMeansOtherNetworks()
    {
        string data = tiny.Folder["prepared alike"], folder = tiny.Folder["volumes"];
        var options = AblationPlan.TrainingOf(tiny.Grid, tiny.Grid.Descriptors[0], 0).Preprocessing;
        var inputs = PreparationInputs.Find(
            [tiny.Grid.TrainingData[0], tiny.Grid.TestData[0]], cancellation: TestContext.Current.CancellationToken);
        var prepared = CohortPreparation.Prepare(inputs, data, options, CtReaders.All(1), 1);
        Assert.Equal(4, prepared.Cases.Count);
        var grid = tiny.Grid with
        {
            TrainingData = [data], Conditions = [tiny.Grid.Conditions[0]], Densities = [tiny.Grid.Densities[0]], DensitySeeds = [1],
        };
        string first = Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken));
        string[] volumes = [.. prepared.Cases.Select(c => Path.Combine(data, c.File))];
        var time = File.GetLastWriteTimeUtc(volumes[1]);
        File.Copy(volumes[0], volumes[1], overwrite: true);
        File.SetLastWriteTimeUtc(volumes[1], time);
        Assert.Null(AblationRunner.List(grid, folder, TinyAblation.Once).Single().File);
        Assert.NotEqual(first, Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken)));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "networks")).Length);
    }

    [Fact]
    public void GridsOnOtherDataMayShareAFolder()
    {
        // Cases of the same names, of other files.
        string folder = tiny.Folder["shared"];
        var grid = tiny.Grid with { Conditions = [tiny.Grid.Conditions[0]], Densities = [tiny.Grid.Densities[0]], DensitySeeds = [1] };
        var other = grid with { TrainingData = grid.TestData };
        string first = Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken));
        var written = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes);
        Assert.Null(AblationRunner.List(other, folder, TinyAblation.Once).Single().File);
        Assert.Equal(written.Keys.Order(), Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order());
        Assert.NotEqual(first, Numbers(AblationRunner.Run(other, folder, TinyAblation.Once, TestContext.Current.CancellationToken)));
        Assert.All(written, f => Assert.Equal(f.Value, File.ReadAllBytes(f.Key)));
        Assert.Equal(first, Numbers(AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void ADensityMayAskForOtherFrequenciesOfACondition()
    {
        var densities = (AblationDensity[])[tiny.Grid.Densities[0],
            tiny.Grid.Densities[0] with
            {
                Name = "more",
                Options = TinyAblation.Json(
                    TinyAblation.Fitting.Replace(
                        "{\"cropsPerBatch\"", "{\"sinCos\":{\"frequencies\":6},\"cropsPerBatch\"", StringComparison.Ordinal)),
            }];
        var grid = tiny.Grid with { Conditions = [tiny.Grid.Conditions[1]], DensitySeeds = [1] };
        var both = AblationRunner.Run(
            grid with { Densities = densities }, tiny.Folder["frequencies"], TinyAblation.Once, TestContext.Current.CancellationToken);
        var alone = AblationRunner.Run(
            grid with { Densities = [densities[1]] }, tiny.Folder["frequencies alone"], TinyAblation.Once,
            TestContext.Current.CancellationToken);
        Assert.Equal(Numbers(alone), Numbers([both[1]]));
        Assert.NotEqual(Numbers([both[0]]), Numbers([both[1]]));
    }

    [Fact]
    public void ReadyNetworksAreTakenAsTheyAre()
    {
        string folder = tiny.Folder["trained"];
        var grid = tiny.Grid with { DensitySeeds = [1], Densities = [tiny.Grid.Densities[0]] };
        var trained = AblationRunner.Run(grid, folder, TinyAblation.Once, TestContext.Current.CancellationToken);
        string descriptor = Directory.GetFiles(Path.Combine(folder, "networks"), "VICReg-8*").Single(), condition = Directory.GetFiles(
            Path.Combine(folder, "networks"), "masking*").Single();
        var given = grid with
        {
            Descriptors = [new("given", File: descriptor)], Conditions = [new("masked", new MaskingInvariantCondition(), File: condition)],
        };

        // The same content under other names: a cell that is done.
        Assert.NotNull(AblationRunner.List(given, folder, TinyAblation.Once).Single().File);
        Assert.Equal(
            Numbers([trained[2]]), Numbers(AblationRunner.Run(given, folder, TinyAblation.Once, TestContext.Current.CancellationToken)));
        Assert.Throws<ModelFileException>(
            () => AblationRunner.List(
                given with { Conditions = [new("masked", new MaskingInvariantCondition(), File: descriptor)] }, folder, TinyAblation.Once));
        Assert.Throws<MissingInputException>(
            () => AblationRunner.List(given with { Descriptors = [new("given", File: folder + "/none")] }, folder, TinyAblation.Once));
        var other = grid with
        {
            Descriptors = [
                new("other", TinyAblation.Json(TinyAblation.Network.Replace("\"depth\":6", "\"depth\":7", StringComparison.Ordinal)))],
                Conditions = given.Conditions,
        };
        Assert.Contains(
            "preprocessing", Assert.Throws<OptionException>(() => AblationRunner.Run(other, folder, TinyAblation.Once)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoeverStopsReadingStopsTheRun()
    {
        await foreach (var result in AblationRunner.RunAsync(
            tiny.Grid, tiny.Folder["broken off"], TinyAblation.Once, TestContext.Current.CancellationToken))
            break;
        Assert.InRange(AblationRunner.List(tiny.Grid, tiny.Folder["broken off"], TinyAblation.Once).Count(c => c.File is not null), 1, 11);
    }

    [Fact]
    public void RunningLeavesNoTensorsBehind()
    {
        var grid = tiny.Grid with { DensitySeeds = [7] };
        AblationRunner.Run(grid, tiny.Folder["leak"], TinyAblation.Once, TestContext.Current.CancellationToken);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        AblationRunner.Run(grid with { DensitySeeds = [8] }, tiny.Folder["leak"], TinyAblation.Once, TestContext.Current.CancellationToken);
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    // Everything but times and memory.
    private static string Numbers(IEnumerable<AblationResult> results) =>
        string.Join(
            '\n', results.Select(
                r => JsonSerializer.Serialize(r.Scores, StoredJson.Settings) + string.Join(' ', r.Scores[0].Body.Histograms!.Row(1))));

    private sealed class Relay(Action<AblationProgress> report) : IProgress<AblationProgress>
    {
        public void Report(AblationProgress value) => report(value);
    }

    /// <summary>The mean intensity about a position: what a reader might write in a cell.</summary>
    public sealed record Brightness : Condition
    {
        public static int Calls { get; private set; }

        public string? Key { get; init; }

        public override string Name => "brightness";

        public override int Channels => 1;

        public override string? ContentKey => Key;

        public override Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
        {
            Calls++;
            return nn.functional.avg_pool3d(images, poolKernel, poolKernel);
        }
    }
}
