using Screener.Errors;
using Screener.Evaluation;
using Screener.HuBaselines;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.HuBaselines;

public sealed class HuBaselineTests
{
    private static readonly HuBaselineOptions Bare = HuBaselineOptions.HuOnly with
    {
        SigmaMm = 0, DensitySigmaHu = 0, BinHu = 10, PriorWeight = 1e-6, Floor = 1e-3,
    };

    [Fact]
    public void WithoutSmoothingItIsTheHistogram()
    {
        var random = new RandomStream(1);
        var (ct, body) = Patient(new(7, 8, 9), Affine.Identity, (_, _, _) => random.NextInt(7) * 20 - 1060f, random);
        var baseline = HuBaseline.Fit([(ct, body)], Bare);
        var map = baseline.Score(ct, body);
        var counts = new Dictionary<float, int>();
        for (int i = 0; i < ct.Voxels.Length; i++)
        {
            // -1060 lies under the range and counts as its lower end, in the same bin as -1050 would.
            if (body.Voxels[i] != 0)
                counts[ct.Voxels[i]] = counts.GetValueOrDefault(ct.Voxels[i]) + 1;
        }

        for (int i = 0; i < ct.Voxels.Length; i++)
        {
            if (body.Voxels[i] == 0)
            {
                Assert.Equal(map.Voxels.Min(), map.Voxels[i]);
                continue;
            }

            double part = counts[ct.Voxels[i]] / (double)body.Count;
            double mixed = part + (1e-6 / (1 + 1e-6) * ((part * (1 - 1e-3)) + (1e-3 / 250) - part));
            Assert.Equal(-Math.Log(mixed / 10), map.Voxels[i], 1e-5);
        }
    }

    [Fact]
    public void EachCellsDensityAddsUpToOne()
    {
        var random = new RandomStream(2);
        var (ct, body) = Patient(
            new(12, 13, 14), Affine.Identity, (d, _, w) => (d * 60) + (w * 20) - 1300 + (float)(random.NextGaussian() * 30), random);
        var baseline = HuBaseline.Fit([(ct, body)], HuBaselineOptions.HuAndPosition with { Cells = 5 });
        int bins = baseline.Density.Length / 125;
        for (int cell = 0; cell < 125; cell++)
        {
            double sum = 0;
            foreach (float p in baseline.Density.Slice(cell * bins, bins))
            {
                Assert.True(p > 0);
                sum += p * baseline.Options.BinHu;
            }

            Assert.Equal(1, sum, 1e-4);
        }
    }

    [Fact]
    public void SmoothingIsTheMeanOverTheBodyVoxelsAround()
    {
        var random = new RandomStream(3);
        var affine = Affine.Canonical(new Spacing(2.5, 1, 0.8));
        var (ct, body) = Patient(new(9, 11, 12), affine, (_, _, _) => (float)random.Uniform(-1000, 1000), random);
        const double Sigma = 1.3;
        var box = BodyBox.Of(body);
        foreach (int threads in new[] { 1, 3 })
        {
            BodySmoothing.ForEachSlice(ct, body, box, Sigma, threads, (_, d, slice) =>
            {
                for (int h = 0; h < box.Shape.Height; h++)
                for (int w = 0; w < box.Shape.Width; w++)
                {
                    int cd = d + box.D, ch = h + box.H, cw = w + box.W;
                    if (body[cd, ch, cw] != 0)
                        Assert.Equal(Expected(cd, ch, cw), slice[(h * box.Shape.Width) + w], 0.01);
                }
            }, TestContext.Current.CancellationToken);
        }

        double Expected(int cd, int ch, int cw)
        {
            double sum = 0, weights = 0;
            int rd = (int)Math.Ceiling(3 * Sigma / 2.5), rh = (int)Math.Ceiling(3 * Sigma), rw = (int)Math.Ceiling(3 * Sigma / 0.8);
            for (int d = cd - rd; d <= cd + rd; d++)
            for (int h = ch - rh; h <= ch + rh; h++)
            for (int w = cw - rw; w <= cw + rw; w++)
            {
                if (!ct.Shape.Contains(d, h, w) || body[d, h, w] == 0)
                    continue;
                double square = Math.Pow((d - cd) * 2.5, 2) + Math.Pow(h - ch, 2) + Math.Pow((w - cw) * 0.8, 2);
                double weight = Math.Exp(-square / (2 * Sigma * Sigma));
                sum += weight * ct[d, h, w];
                weights += weight;
            }

            return sum / weights;
        }
    }

    [Fact]
    public void PositionFindsWhatIsCommonElsewhere()
    {
        // Soft tissue on one side, lung on the other; the patient to screen has lung where tissue belongs.
        var shape = new VolumeShape(16, 24, 24);
        var random = new RandomStream(4);
        float Normal(int d, int h, int w) => (w < 12 ? 40 : -800) + (float)(random.NextGaussian() * 20);
        var cohort = Enumerable.Range(0, 3).Select(_ => Patient(shape, Affine.Identity, Normal)).ToList();
        var lesions = new byte[shape.CheckedLength()];
        for (int d = 5; d < 9; d++)
        for (int h = 8; h < 13; h++)
        for (int w = 3; w < 8; w++)
            lesions[shape.Index(d, h, w)] = 1;
        var (ct, body) = Patient(
            shape, Affine.Identity, (d, h, w) => lesions[shape.Index(d, h, w)] != 0 ? Normal(d, h, 20) : Normal(d, h, w));
        double alone = RocCurve.Auroc(
            HuBaseline.Fit(cohort, HuBaselineOptions.HuOnly with { SigmaMm = 0 }).Score(ct, body).Voxels, lesions);
        double placed = RocCurve.Auroc(
            HuBaseline.Fit(cohort, HuBaselineOptions.HuAndPosition with { SigmaMm = 0, Cells = 6 }).Score(ct, body).Voxels, lesions);
        Assert.InRange(alone, 0.2, 0.8);
        Assert.InRange(placed, 0.99, 1);
    }

    [Fact]
    public void ThePatientCountsNotTheOrderOfTheArray()
    {
        var random = new RandomStream(5);
        var shape = new VolumeShape(8, 9, 10);
        var (ct, body) = Patient(
            shape, Affine.Canonical(new Spacing(2, 1, 1.5)),
            (d, h, w) => (d * 50) + (h * 30) - (w * 40) + (float)(random.NextGaussian() * 30), random);
        var baseline = HuBaseline.Fit([(ct, body)], HuBaselineOptions.HuAndPosition with { Cells = 4 });
        var expected = baseline.Score(ct, body);

        // The same patient stored with D and W exchanged and H backwards.
        var turned = new VolumeShape(10, 9, 8);
        var voxels = new float[turned.CheckedLength()];
        var mask = new byte[voxels.Length];
        for (int d = 0; d < 10; d++)
        for (int h = 0; h < 9; h++)
        for (int w = 0; w < 8; w++)
        {
            voxels[turned.Index(d, h, w)] = ct[w, 8 - h, d];
            mask[turned.Index(d, h, w)] = body[w, 8 - h, d];
        }

        var grid = new VolumeGrid(turned, new Affine(0, 0, 1.5, 0, 0, -1, 0, 8, 2, 0, 0, 0));
        var map = baseline.Score(new CtVolume(grid, voxels), new BodyMask(grid, mask));
        for (int d = 0; d < 10; d++)
        for (int h = 0; h < 9; h++)
        for (int w = 0; w < 8; w++)
            Assert.Equal(expected[w, 8 - h, d], map[d, h, w], 1e-3);
    }

    [Fact]
    public void ThreadsDoNotChangeABitAndAFileKeepsEveryBit()
    {
        var random = new RandomStream(6);
        var (ct, body) = Patient(
            new(13, 21, 19), Affine.Identity, (d, h, w) => (d * h) - (w * 9) + (float)(random.NextGaussian() * 50), random);
        var one = HuBaseline.Fit([(ct, body)], HuBaselineOptions.HuAndPosition, threads: 1);
        var three = HuBaseline.Fit([(ct, body)], HuBaselineOptions.HuAndPosition, threads: 3);
        var map = one.Score(ct, body, threads: 1);
        Assert.Equal(map.Voxels, three.Score(ct, body, threads: 3).Voxels);
        Assert.All(map.Voxels, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void WrongInputIsRefused()
    {
        var (ct, body) = Patient(new(3, 3, 3), Affine.Identity, (_, _, _) => 0);
        Assert.Throws<OptionException>(() => HuBaseline.Fit([], HuBaselineOptions.HuOnly));
        Assert.Throws<OptionException>(() => HuBaseline.Fit([(ct, new BodyMask(ct.Grid, new byte[27]))], HuBaselineOptions.HuOnly));
        Assert.Throws<OptionException>(() => HuBaseline.Fit([(ct, body)], HuBaselineOptions.HuOnly with { Cells = 0 }));
        var moved = new VolumeGrid(ct.Shape, Affine.Canonical(new Spacing(1, 1, 2)));
        Assert.Throws<OptionException>(() => HuBaseline.Fit([(ct, new BodyMask(moved, new byte[27]))], HuBaselineOptions.HuOnly));
    }

    /// <summary>A box-shaped body with a margin of air, or without one where no stream is given; with a stream also with holes.</summary>
    private static (CtVolume Ct, BodyMask Body) Patient(
        VolumeShape shape, Affine affine, Func<int, int, int, float> hu, RandomStream? holes = null)
    {
        var voxels = new float[shape.CheckedLength()];
        var mask = new byte[voxels.Length];
        for (int d = 0; d < shape.Depth; d++)
        for (int h = 0; h < shape.Height; h++)
        for (int w = 0; w < shape.Width; w++)
        {
            int i = shape.Index(d, h, w);
            voxels[i] = hu(d, h, w);
            mask[i] = holes is null || (d > 0 && h > 1 && w < shape.Width - 2 && !holes.Chance(0.1)) ? (byte)1 : (byte)0;
        }

        var grid = new VolumeGrid(shape, affine);
        return (new CtVolume(grid, voxels), new BodyMask(grid, mask));
    }
}
