using Screener.Baselines;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.SyntheticLesions;
using Screener.Tests.Training;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Baselines;

[Collection(TorchCollection.Name)]
public sealed class SupervisedBaselinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("msflow")]
    [InlineData("supervised-flow")]
    public void FeaturesTellOrgansAndTheFlowLearnsThem(string name)
    {
        var options = TinyBaselines.Of(name);
        options = options with
        {
            Optimisation = options.Optimisation with { Steps = 160, LearningRate = new() { Peak = 5e-3, WarmUpFraction = 0.1 } },
        };
        var run = new TrainingRun { Compute = TinyTraining.Compute, RecordEvery = 1 };
        using var network = (SupervisedNetwork)BaselineTraining.Train(
            options, [TinyBaselines.Volumes], run, TestContext.Current.CancellationToken);

        // Where W is below 9 there is air, elsewhere the body: what the network says of every second voxel.
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var volume = TinyBaselines.Volumes[1];
        long[] shape = [1, 1, volume.Shape.Depth, volume.Shape.Height, volume.Shape.Width];
        var logits = network.Logits(tensor(volume.Intensities, shape).narrow(2, 0, 24).narrow(3, 0, 24));
        long stride = 28 / logits.shape[4];
        long[] said = logits.argmax(1).data<long>().ToArray();
        int both = 0, either = 0;
        for (int i = 0; i < said.Length; i++)
        {
            bool body = i % logits.shape[4] * stride >= 9;
            both += body && said[i] == 2 ? 2 : 0;
            either += (body ? 1 : 0) + (said[i] == 2 ? 1 : 0);
        }

        Assert.True(both > 0.9 * either, $"Dice {both / (double)either}");

        double[] nats = [.. run.History.Records.Where(r => r.Values.ContainsKey("likelihood")).Select(r => r.Values["likelihood"])];
        Assert.Equal(80, nats.Length);
        Assert.True(nats[^20..].Average() < nats[..20].Average() - 0.1, $"from {nats[..20].Average()} to {nats[^20..].Average()}");
    }

    [Fact]
    public void AFlowsLogDeterminantIsThatOfItsNumericalJacobian()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var flow = Shaken(new SliceFlow(4, 3, new RandomStream(1)), 2);
        flow.StartFrom(Draw(5, 7, 4, 3, 2).Times(3));
        Check([Draw(6, 1, 4, 3, 2)], x =>
        {
            var (z, logDeterminant) = flow.Forward(x[0]);
            return ([z], logDeterminant);
        });
    }

    [Fact]
    public void ScalesSeeEachOtherAndTheFusionIsInvertible()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var fusion = Shaken(new FusionFlow([3, 4, 6], 2, new RandomStream(1)), 3);
        Tensor[] scales = [Draw(7, 1, 3, 4, 4), Draw(8, 1, 4, 2, 2), Draw(9, 1, 6, 1, 1)];
        Check(scales, fusion.Forward);
        var (z, _) = fusion.Forward(scales);
        foreach (var (made, back) in scales.Zip(fusion.Inverse(z)))
            Assert.True(made.allclose(back, 1e-9, 1e-9));

        // What is changed on the coarsest scale is seen on the finest.
        var (other, _) = fusion.Forward([scales[0], scales[1], scales[2].Plus(1)]);
        Assert.True((other[0] - z[0]).abs().max().item<double>() > 1e-3);
    }

    [Fact]
    public void LabelsAreThoseOfTheirPlaces()
    {
        // Labels on a grid of 1.5 mm, volumes of 3 mm: nearest, and whole numbers wherever a crop is stretched.
        var grid = new VolumeGrid(new(40, 48, 48), Affine.Canonical(new(1.5, 1.5, 1.5)));
        var organs = new byte[grid.Shape.CheckedLength()];
        for (int i = 0; i < organs.Length; i++)
            organs[i] = (byte)(i % 48 < 24 ? 3 : 200);
        Directory.CreateDirectory(_folder["p"]);
        NiftiWriter.Write(_folder["p/organs.nii.gz"], new LabelVolume(grid, organs));
        var coarse = new VolumeGrid(new(20, 24, 24), Affine.Canonical(new(3, 3, 3)));
        PreparedVolume volume = new(coarse, new float[coarse.Shape.CheckedLength()], grid, _folder["p/dicom"] + "#1.2.3");
        var (labels, classes) = OrganLabels.Of([[volume]], 1, TestContext.Current.CancellationToken);
        Assert.Equal(201, classes);
        float[] found = labels[0][0].Intensities;
        for (int i = 0; i < found.Length; i++)
            Assert.Equal(i % 24 < 12 ? 3 : 200, found[i] * OrganLabels.Most, 1e-4);

        var crops = new StretchedCrops(labels, new(16, 16, 16), 1.2, 0, OrganLabels.Most, isNearest: true);
        var random = new RandomStream(4);
        for (int n = 0; n < 10; n++)
            Assert.All(crops.Cut(random), v => Assert.True(Math.Abs(v - 3) < 1e-3 || Math.Abs(v - 200) < 1e-3, $"{v}"));
    }

    [Fact]
    public void WrongLabelsAreOneErrorBeforeTheWork()
    {
        var grid = new VolumeGrid(new(20, 24, 24), Affine.Canonical(new(3, 3, 3)));
        PreparedVolume volume = new(
            grid, new float[grid.Shape.CheckedLength()], grid, _folder["a.nii.gz"], PreprocessingOptions.Quick.Fingerprint());
        Assert.Contains("a-organs.nii.gz", Assert.Throws<MissingInputException>(Train).Message);

        var elsewhere = new VolumeGrid(grid.Shape, new Affine(-3, 0, 0, 5, 0, -3, 0, 0, 0, 0, 3, 0));
        NiftiWriter.Write(_folder["a-organs.nii.gz"], new LabelVolume(elsewhere, new byte[volume.Intensities.Length]));
        Assert.Contains("labels on a grid of", Assert.Throws<AnnotationException>(Train).Message);

        var same = new byte[volume.Intensities.Length];
        Array.Fill(same, (byte)7);
        NiftiWriter.Write(_folder["a-organs.nii.gz"], new LabelVolume(grid, same));
        Assert.Contains("label 7 in every voxel", Assert.Throws<AnnotationException>(Train).Message);

        same[0] = 1;
        NiftiWriter.Write(_folder["a-organs.nii.gz"], new LabelVolume(grid, same));
        Assert.Contains("labels go up to 7", Assert.Throws<OptionException>(Train).Message);
        Assert.Throws<OptionException>(() => (MultiScaleFlowOptions.Quick with { CropShape = new(48, 48, 44) }).Validate());
        Assert.Throws<OptionException>(() => (SupervisedFlowOptions.Quick with { Pool = new(5, 5, 5) }).Validate());

        void Train() => BaselineTraining.Train(
            (SupervisedOptions)TinyBaselines.Of("msflow") with { Classes = 3 }, [[volume]],
            new() { Compute = TinyTraining.Compute }).Dispose();
    }

    [Fact]
    public void TheFortyOneStructuresOfARealCtAreRead()
    {
        string ct = SharedCt.PathOf("totalsegmentator/example_ct_sm.nii.gz");
        File.Copy(ct, _folder["p.nii.gz"]);
        File.Copy(SharedCt.PathOf("totalsegmentator/example_seg_for_sm.nii.gz"), _folder["p-organs.nii.gz"]);
        var read = new NiftiVolumeReader().Read(_folder["p.nii.gz"], new VolumeReadOptions(), null, TestContext.Current.CancellationToken);
        var made = Preprocessor.Prepare(read, PreprocessingOptions.Quick, 1, null, TestContext.Current.CancellationToken);
        PreparedVolume volume = new(made.Grid, made.Intensities, made.SourceGrid, _folder["p.nii.gz"], made.OptionsFingerprint);
        var (labels, _) = OrganLabels.Of([[volume]], 1, TestContext.Current.CancellationToken);
        Assert.Equal(41, labels[0][0].Intensities.Where(v => v > 0).Distinct().Count());
    }

    // Central differences in double, column by column.
    private static void Check(Tensor[] scales, Func<Tensor[], (Tensor[] Z, Tensor LogDeterminant)> flow)
    {
        const double Step = 1e-5;
        int[] sizes = [.. scales.Select(s => (int)s.numel())];
        int n = sizes.Sum();
        double[] at = [.. scales.SelectMany(s => s.flatten().data<double>().ToArray())];
        var jacobian = new double[n, n];
        for (int column = 0; column < n; column++)
        {
            double[] above = Values(column, Step), below = Values(column, -Step);
            for (int row = 0; row < n; row++)
                jacobian[row, column] = (above[row] - below[row]) / (2 * Step);
        }

        Assert.Equal(linalg.slogdet(tensor(jacobian)).Item2.item<double>(), flow(scales).LogDeterminant.item<double>(), 1e-5);

        double[] Values(int column, double step)
        {
            double[] moved = [.. at];
            moved[column] += step;
            int start = 0;
            var parts = scales.Select((s, i) =>
            {
                var part = tensor(moved[start..(start + sizes[i])], s.shape);
                start += sizes[i];
                return part;
            }).ToArray();
            return [.. flow(parts).Z.SelectMany(z => z.contiguous().flatten().data<double>().ToArray())];
        }
    }

    private static T Shaken<T>(T module, ulong seed)
        where T : nn.Module
    {
        using var generator = new Generator(seed);
        foreach (var parameter in module.parameters())
            parameter.copy_(randn(parameter.shape, generator: generator).Times(0.3));
        return (T)module.to(ScalarType.Float64);
    }

    private static Tensor Draw(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator).to(ScalarType.Float64);
    }
}
