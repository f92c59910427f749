using Screener.Baselines;
using Screener.Errors;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;

namespace Screener.Tests.Inference;

[Collection(TorchCollection.Name)]
public sealed class EnsembleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CtVolume[] _population = [ScreeningTests.Ball(), ScreeningTests.Ball(22), ScreeningTests.Ball(25)];
    private readonly ScreenerModel _model;

    public EnsembleTests()
    {
        var plain = TinyTraining.Model();
        _model = plain.With(Calibrated(plain));
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void TheMapIsTheWeightedSumOfTailsSaidAsATail()
    {
        var scan = PatientScan.Of(_population[0], TinyTraining.Compute);
        var ensemble = _model.Ensemble!;
        float[] expected = new float[scan.Ct.Voxels.Length];
        var experts = _model.Experts(ensemble.Lesions, ensemble.HuAndPosition, ensemble.Options);
        double[] weights = [ensemble.Options.Lesions, ensemble.Options.HuAndPosition, ensemble.Options.Density, 2, 2];
        Assert.Equal(
            ["drawn lesions", "HU + position", "sin-cos + gaussian", "drawn masses", "drawn lesions at 5 mm"], experts.Select(e => e.Name));
        int coarse = 0;
        for (int e = 0; e < 5; e++)
        {
            var map = experts[e].Map(scan);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += Share(e, ensemble.Tails[e].At(map.Voxels[i]));
                coarse += e == 4 && scan.Body.Voxels[i] != 0 && ensemble.Tails[e].At(map.Voxels[i]) > 0.25f ? 1 : 0;
            }
        }

        Assert.InRange(coarse, 0.2 * scan.Body.Count, 0.9 * scan.Body.Count); // Some count, some do not.

        var method = Assert.Single(_model.Methods(["ensemble"]));
        var tails = _model.ExpertTails(scan);
        Assert.Equal(experts.Select(e => e.Name), tails.Select(t => t.Expert));
        var inside = Enumerable.Range(0, expected.Length).Where(i => scan.Body.Voxels[i] != 0);
        Assert.All(
            inside, i => Assert.Equal(expected[i], Enumerable.Range(0, 5).Sum(e => (float)weights[e] * tails[e].Map.Voxels[i]), 1e-5f));
        float[] voxels = method.Map(scan).Voxels;
        float least = expected.Where((_, i) => scan.Body.Voxels[i] != 0).Min(ensemble.Together.At);
        Assert.Equal(expected.Select((sum, i) => scan.Body.Voxels[i] != 0 ? ensemble.Together.At(sum) : least), voxels);

        float Share(int e, float tail) => (float)weights[e] * (e < 3 ? tail : Math.Clamp(tail - 0.25f, 0, 0.5f));
    }

    [Fact]
    public void NetworksWithMassesToFindAreSmoothedInTheEnsembleAlone()
    {
        var scan = PatientScan.Of(_population[0], TinyTraining.Compute);
        var ensemble = _model.Ensemble!;
        var inIt = _model.Experts(ensemble.Lesions, ensemble.HuAndPosition, ensemble.Options).Single(e => e.Name == "drawn masses");
        float[] itself = Assert.Single(_model.Methods(["drawn masses"])).Map(scan).Voxels;
        Assert.NotEqual(inIt.Map(scan).Voxels, itself);
        var given = LesionMethod.Of(ensemble.Lesions, ensemble.Options.Overlap).Single(m => m.Name == "drawn masses");
        Assert.Equal(new SmoothedMethod(given, 4).Map(scan).Voxels, inIt.Map(scan).Voxels);
        var sharp = ensemble.Options with { LargeSmoothingMm = 0 };
        Assert.IsType<LesionMethod>(_model.Experts(ensemble.Lesions, ensemble.HuAndPosition, sharp)[^1]);
    }

    [Fact]
    public void WhoCalibratesWithACtOfNobodyIsTold()
    {
        var air = new CtVolume(_population[0].Grid, [.. _population[0].Voxels.Select(_ => -1000f)], "air.nii");
        var scan = PatientScan.Of(air, TinyTraining.Compute);
        var error = Assert.Throws<VolumeFormatException>(() => EnsembleCalibration.Draw(scan, 10, new RandomStream(1)));
        Assert.Contains("air.nii", error.Message);
        Assert.Contains("no body", error.Message);
    }

    [Theory]
    [InlineData("ensemble")]
    [InlineData("ensemble by place")]
    public void TheStatedRateIsTheObservedOneInThePopulation(string method)
    {
        // Every patient counts the same.
        double observed = _population.Average(ct =>
        {
            var scan = PatientScan.Of(ct, TinyTraining.Compute);
            var map = _model.Methods([method])[0].Map(scan);
            return map.Voxels.Where((_, i) => scan.Body.Voxels[i] != 0).Average(score => score > 1.5 ? 1.0 : 0);
        });
        double stated = Math.Pow(10, -1.5);
        Assert.InRange(observed, 0.9 * stated, 1.1 * stated);
    }

    [Fact]
    public void WindowsOverlapAsInTheCalibration()
    {
        var scan = PatientScan.Of(_population[0], TinyTraining.Compute);
        var windows = SlidingWindowOptions.For(_model);
        Assert.Equal((_model.Ensemble!.Options.Overlap, WindowWeights.Linear), (windows.Overlap, windows.Weights));
        float[] own = _model.Methods(["ensemble"])[0].Map(scan).Voxels;
        Assert.Equal(own, _model.Methods(["ensemble"], windows with { Overlap = 0.25 })[0].Map(scan).Voxels);
        Assert.NotEqual(own, _model.Methods(["ensemble"], windows with { Overlap = 0.9 })[0].Map(scan).Voxels);
        using var plain = TinyTraining.Model();
        Assert.Equal(0.5, SlidingWindowOptions.For(plain).Overlap);
    }

    /// <remarks>Thin slices are noisier than what the experts learnt from; without averaging their noise would count as rare.</remarks>
    [Fact]
    public void AFinerCtIsAveragedFirstAndItsMapBroughtBack()
    {
        // Whole HU, so that the mean of three equal ones is no other.
        var coarse = PatientScan.Of(
            new CtVolume(_population[0].Grid, [.. _population[0].Voxels.Select(v => MathF.Round(v))]), TinyTraining.Compute);
        var grid = GridResampler.WithSpacing(coarse.Ct.Grid, coarse.Ct.Spacing with { Width = coarse.Ct.Spacing.Width / 3 });
        var fine = new CtVolume(grid, [.. coarse.Ct.Voxels.SelectMany(v => Enumerable.Repeat(v, 3))]);
        var scan = new PatientScan(
            fine, new BodyMask(grid, [.. coarse.Body.Voxels.SelectMany(v => Enumerable.Repeat(v, 3))]), TinyTraining.Compute);
        foreach (string name in _model.MethodNames)
        {
            float[] expected = _model.Methods([name])[0].Map(coarse).Voxels;
            var map = _model.Methods([name])[0].Map(scan);
            Assert.Equal(grid, map.Grid);
            Assert.Equal(name.StartsWith("ensemble", StringComparison.Ordinal), map.IsCalibrated);

            // The middle of each block lies on the voxel that it came from.
            Assert.All(
                Enumerable.Range(0, expected.Length).Where(i => coarse.Body.Voxels[i] != 0),
                i => Assert.Equal(expected[i], map.Voxels[(3 * i) + 1], 1e-3f));
        }
    }

    [Fact]
    public void ByPlaceEachKindHasTheStatedRate()
    {
        var kinds = _model.Ensemble!.Places!.Kinds;
        var above = new int[kinds.Count];
        var all = new int[kinds.Count];
        foreach (var ct in _population)
        {
            var scan = PatientScan.Of(ct, TinyTraining.Compute);
            float[] map = _model.Methods(["ensemble by place"])[0].Map(scan).Voxels;
            byte[] of = kinds.Of(scan, default);
            foreach (int i in Enumerable.Range(0, map.Length).Where(i => scan.Body.Voxels[i] != 0))
            {
                all[of[i]]++;
                above[of[i]] += map[i] > 1 ? 1 : 0;
            }
        }

        Assert.True(kinds.Count > 5);
        for (int k = 0; k < kinds.Count; k++)
        {
            if (all[k] > 300)
                Assert.InRange((double)above[k] / all[k], 0.05, 0.15);
        }
    }

    [Fact]
    public void AModelFileGivesItBack()
    {
        string path = _folder["m.screener"];
        _model.Save(path);
        using var read = ScreenerModel.Load(path, TinyTraining.Compute);
        Assert.Equal(
            ["drawn lesions", "drawn masses", "drawn lesions at 5 mm", "ensemble by place", "ensemble"], read.MethodNames.TakeLast(5));
        Assert.Equal(_model.Ensemble!.Options, read.Ensemble!.Options);
        var scan = PatientScan.Of(_population[1], TinyTraining.Compute);
        foreach (string name in _model.MethodNames)
            Assert.Equal(_model.Methods([name])[0].Map(scan).Voxels, read.Methods([name])[0].Map(scan).Voxels);
        read.Save(_folder["n.screener"]);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["n.screener"]));
    }

    [Fact]
    public void ADensityOfNothingIsRefusedWhenItIsLoaded()
    {
        var good = _model.Ensemble!;
        float[] density = good.HuAndPosition.Density.ToArray();
        density[7] = 0;
        _model.With(new Ensemble(
            good.Lesions, new HuBaseline(good.HuAndPosition.Options, density), good.Options, [.. good.Tails], good.Together))
            .Save(_folder["m.screener"]);
        var error = Assert.Throws<ModelFileException>(() => ScreenerModel.Load(_folder["m.screener"], TinyTraining.Compute));
        Assert.Contains("hu.density", error.Message);
    }

    [Fact]
    public void MethodsShareTheNetworksPass()
    {
        var scan = PatientScan.Of(_population[0], TinyTraining.Compute);
        var all = _model.Methods();
        Assert.Equal(_model.MethodNames, all.Select(m => m.Name));
        var alone = _model.Methods(["none"])[0].Map(PatientScan.Of(_population[0], TinyTraining.Compute));
        Assert.Equal(alone.Voxels, all[0].Map(scan).Voxels);

        // Nothing that they share is changed by who uses it: each map is that of the method alone.
        Assert.All(all, method => Assert.Equal(
            _model.Methods([method.Name])[0].Map(PatientScan.Of(_population[0], TinyTraining.Compute)).Voxels, method.Map(scan).Voxels));
    }

    [Fact]
    public void UnknownMethodsAndBadOptionsAreClearErrors()
    {
        Assert.Contains("'ensemble'", Assert.Throws<OptionException>(() => _model.Methods(["best"])).Message);
        using var plain = TinyTraining.Model();
        Assert.Throws<OptionException>(() => plain.Methods(["ensemble"]));
        Assert.Throws<OptionException>(() => new EnsembleOptions { Lesions = 0, Density = 0, HuAndPosition = 0 }.Validate());
        Assert.Throws<OptionException>(() => EnsembleCalibration.Calibrate(
            plain, [new LesionNetwork(TinyLesions.Options, new RandomStream(1))], _model.Ensemble!.HuAndPosition, new(), [],
            TinyTraining.Compute));
    }

    [Fact]
    public void SeveralLesionNetworksSayTheMeanOfWhatEachSays()
    {
        LesionNetwork[] networks = [_model.Ensemble!.Lesions[1], _model.Ensemble!.Lesions[2]];
        Assert.Same(networks[1], _model.Ensemble.Finest);
        var scan = PatientScan.Of(_population[1], TinyTraining.Compute);
        float[][] each = [.. networks.Select(n => new LesionMethod([n]).Map(scan).Voxels)];
        float[] both = new LesionMethod(networks).Map(scan).Voxels;
        float[] least = [.. each.Select(m => m.Min())];
        int compared = 0;
        for (int i = 0; i < both.Length; i++)
        {
            // What no window covers has the least score of its map.
            if (scan.Body.Voxels[i] == 0 || each[0][i] == least[0] || each[1][i] == least[1])
                continue;
            Assert.Equal((each[0][i] + each[1][i]) / 2, both[i], 1e-3f);
            compared++;
        }

        Assert.True(compared > 0.9 * scan.Body.Count);

        var coarse = TinyLesions.Options with { Preprocessing = TinyLesions.Options.Preprocessing with { MaxHu = 500 } };
        using var other = new LesionNetwork(coarse, new RandomStream(1));
        Assert.Throws<OptionException>(() => new LesionMethod([networks[0], other]));
        Assert.Throws<OptionException>(() => LesionMethod.Of([networks[0], other], 0.5));
        Assert.Throws<OptionException>(() => new LesionMethod([]));
    }

    [Fact]
    public void NetworksWithMassesToFindAreAnExpertOfTheirOwn()
    {
        var networks = new List<LesionNetwork>();
        var (large, masses, fine, other) = (Add(WithMasses, 5), Add(WithMasses, 3), Add(TinyLesions.Options, 3), Add(WithMasses, 3));
        var coarse = Add(TinyLesions.Options, 5.02);
        try
        {
            var kinds = LesionMethod.Of([large, masses, fine, other]);
            Assert.Equal(["drawn lesions", "drawn masses", "drawn masses at 5 mm"], kinds.Select(k => k.Name));
            Assert.Equal([[fine], [masses, other], [large]], kinds.Select(k => k.Networks));
            kinds = LesionMethod.Of([coarse, masses]);
            Assert.Equal(["drawn lesions", "drawn lesions at 5 mm"], kinds.Select(k => k.Name));
            Assert.Same(masses, kinds[0].Networks[0]);
            Assert.Throws<OptionException>(() => LesionMethod.Of([fine, coarse, Add(TinyLesions.Options, 5)]));
        }
        finally
        {
            networks.ForEach(n => n.Dispose());
        }

        LesionNetwork Add(LesionNetworkOptions options, double mm)
        {
            networks.Add(new LesionNetwork(
                options with { Preprocessing = options.Preprocessing with { TargetSpacing = new(mm, mm, mm) } }, new RandomStream(3)));
            return networks[^1];
        }
    }

    [Fact]
    public void ANewMethodIsOneClass()
    {
        var scan = PatientScan.Of(_population[0], TinyTraining.Compute);
        AnomalyMethod brightness = new Brightness();
        Assert.Equal(scan.Ct.Voxels, brightness.Map(scan).Voxels);
    }

    private static LesionNetworkOptions WithMasses { get; } =
        TinyLesions.Options with { Lesions = TinyLesions.Options.Lesions with { MassShare = 0.3 } };

    private Ensemble Calibrated(ScreenerModel model) => EnsembleCalibration.Calibrate(
        model,
        [
            new LesionNetwork(
                TinyLesions.Options with { Preprocessing = TinyLesions.Options.Preprocessing with { TargetSpacing = new(5, 5, 5) } },
                new RandomStream(7)),
            .. new ulong[] { 8, 9 }.Select(seed => new LesionNetwork(TinyLesions.Options, new RandomStream(seed))),
            new LesionNetwork(WithMasses, new RandomStream(10)),
        ],
        HuBaseline.Fit(
            _population.Select(ct => (ct, BodyMaskFinder.Find(ct, BodyMaskOptions.Default, 1))),
            EnsembleOptions.HuOptions with { Cells = 3 }),
        new EnsembleOptions
        {
            VoxelsPerCt = 20_000, Head = "sin-cos", LargeLesions = 2, LargeAbove = 0.25, LargeMost = 0.5, LargeSmoothingMm = 4,
        },
        _population.Select((ct, i) => ($"{i}", ct)),
        TinyTraining.Compute);

    private sealed class Brightness : AnomalyMethod
    {
        public override string Name => "brightness";

        public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
            new(scan.Ct.Grid, [.. scan.Ct.Voxels]);
    }
}
