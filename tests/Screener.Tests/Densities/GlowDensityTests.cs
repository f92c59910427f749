using Screener.Densities;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Randomness;
using Screener.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Densities;

[Collection(TorchCollection.Name)]
public sealed class GlowDensityTests
{
    private static readonly GlowDensityOptions Small = new() { Blocks = 5, HiddenChannels = 16 };

    [Theory]
    [InlineData(2, 0)]
    [InlineData(5, 0)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    public void LogDeterminantsAreThoseOfAutogradsJacobian(int d, int c)
    {
        using var density = new GlowDensity(d, c, Small, new RandomStream(1)).Shaken();
        for (ulong seed = 0; seed < 4; seed++)
        {
            using var features = SmallNetworks.Random(10 + seed, 1, d, 1, 1, 1);
            using var condition = c == 0 ? null : SmallNetworks.Random(20 + seed, 1, c, 1, 1, 1);
            features.requires_grad = true;
            var (z, logDeterminant) = density.Transform(features, condition);
            var jacobian = new double[d, d];
            for (int i = 0; i < d; i++)
            {
                using var scope = NewDisposeScope();
                var row = autograd.grad([z[0, i, 0, 0, 0]], [features], retain_graph: true)[0].flatten().data<float>().ToArray();
                for (int j = 0; j < d; j++)
                    jacobian[i, j] = row[j];
            }

            using var matrix = tensor(jacobian);
            Assert.Equal(linalg.slogdet(matrix).Item2.item<double>(), logDeterminant.item<float>(), 1e-4);

            using var score = density.NegativeLogLikelihood(features, condition);
            double expected = 0.5 * z.square().sum().item<float>() + (0.5 * d * Math.Log(2 * Math.PI)) - logDeterminant.item<float>();
            Assert.Equal(expected, score.item<float>(), 1e-4 * Math.Max(1, Math.Abs(expected)));
            z.Dispose();
            logDeterminant.Dispose();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void TheInverseUndoesTheFlow(int c)
    {
        using var density = new GlowDensity(32, c, GlowDensityOptions.Quick, new RandomStream(1)).Shaken(0.02);
        using var features = SmallNetworks.Random(1, 2, 32, 3, 4, 5);
        using var condition = c == 0 ? null : SmallNetworks.Random(2, 2, c, 3, 4, 5);
        using var noGradient = no_grad();
        var (z, logDeterminant) = density.Transform(features, condition);
        Assert.True(SmallNetworks.MaximumDifference(z, features) > 0.1);
        using var back = density.Inverse(z, condition);
        Assert.InRange(SmallNetworks.MaximumDifference(features, back), 0, 1e-4);
        z.Dispose();
        logDeterminant.Dispose();
    }

    [Fact]
    public void SixtyFourBlocksAreStillInvertible()
    {
        using var density = new GlowDensity(32, 0, new GlowDensityOptions { HiddenChannels = 32 }, new RandomStream(1)).Shaken(0.01);
        using var features = SmallNetworks.Random(1, 1, 32, 4, 4, 4);
        using var noGradient = no_grad();
        density.InitializeFrom(features, null);
        var (z, logDeterminant) = density.Transform(features, null);
        using var back = density.Inverse(z, null);
        Assert.InRange(SmallNetworks.MaximumDifference(features, back), 0, 1e-4);
        z.Dispose();
        logDeterminant.Dispose();
    }

    [Fact]
    public void PositionsDoNotSeeEachOther()
    {
        using var density = new GlowDensity(4, 3, Small, new RandomStream(1)).Shaken();
        using var features = SmallNetworks.Random(1, 2, 4, 2, 3, 2);
        using var condition = SmallNetworks.Random(2, 2, 3, 2, 3, 2);
        using var scores = density.NegativeLogLikelihood(features, condition);
        using var one = features.narrow(0, 1, 1).narrow(2, 1, 1).narrow(3, 2, 1).narrow(4, 0, 1);
        using var its = condition.narrow(0, 1, 1).narrow(2, 1, 1).narrow(3, 2, 1).narrow(4, 0, 1);
        using var alone = density.NegativeLogLikelihood(one, its);
        Assert.Equal(scores[1, 1, 2, 0].item<float>(), alone.item<float>(), 1e-4f);
    }

    [Fact]
    public void TheDataDependentStartLeavesEachActNormStandard()
    {
        // One block whose coupling starts at the scale sigmoid(2) and no shift: undone by hand, z is an orthogonal image of whitened rows.
        using var density = new GlowDensity(4, 0, new GlowDensityOptions { Blocks = 1, HiddenChannels = 8 }, new RandomStream(1));
        using var noise = SmallNetworks.Random(1, 2, 4, 5, 5, 5);
        using var features = (noise * 7) + 30;
        density.InitializeFrom(features, null);
        var (z, logDeterminant) = density.Transform(features, null);
        var state = density.state_dict();
        using var rows = z.permute(0, 2, 3, 4, 1).reshape(-1, 4).clone();
        using (var changed = rows.narrow(1, 2, 2))
            changed.mul_(1 + Math.Exp(-2));
        using var white = rows.matmul(state["blocks.0.mixing"]);
        using var mean = white.mean([0]);
        using var deviation = white.std([0], unbiased: false);
        Assert.All(mean.data<float>().ToArray(), v => Assert.Equal(0, v, 1e-3f));
        Assert.All(deviation.data<float>().ToArray(), v => Assert.Equal(1, v, 1e-3f));
        z.Dispose();
        logDeterminant.Dispose();
    }

    [Fact]
    public void TheConditionMattersOnceTrained()
    {
        using var density = new GlowDensity(4, 3, Small, new RandomStream(1)).Shaken();
        using var features = SmallNetworks.Random(1, 1, 4, 2, 2, 2);
        using var a = SmallNetworks.Random(2, 1, 3, 2, 2, 2);
        using var b = SmallNetworks.Random(3, 1, 3, 2, 2, 2);
        using var x = density.NegativeLogLikelihood(features, a);
        using var y = density.NegativeLogLikelihood(features, b);
        Assert.True(SmallNetworks.MaximumDifference(x, y) > 0.1);
    }

    [Fact]
    public void TrainingLearnsATwistedDensityAndSamplesFollowIt()
    {
        // y2 = y1^2 + noise is beyond any Gaussian.
        using var density = new GlowDensity(2, 0, new GlowDensityOptions { Blocks = 4, HiddenChannels = 32 }, new RandomStream(3));
        using var noise = SmallNetworks.Random(1, 1, 2, 8, 8, 16);
        using var x = noise.narrow(1, 0, 1);
        using var y = x.square() + (noise.narrow(1, 1, 1) * 0.1);
        using var features = cat([x, y], 1);
        density.InitializeFrom(features, null);
        using var optimiser = optim.Adam(density.parameters(), 5e-3);
        double score = 0;
        for (int step = 0; step < 150; step++)
        {
            using var scope = NewDisposeScope();
            optimiser.zero_grad();
            var loss = density.NegativeLogLikelihood(features, null).mean();
            loss.backward();
            nn.utils.clip_grad_norm_(density.parameters(), 1.0);
            optimiser.step();
            score = loss.item<float>();
        }

        // Entropy of the truth is ln(2 pi e) + ln 0.1 = 0.53; of the best Gaussian, whose y has variance 2, 3.18.
        Assert.InRange(score, 0.2, 1.6);
        using var drawn = density.Sample(1, new VolumeShape(8, 8, 8), null, new RandomStream(4));
        using var residual = (drawn.narrow(1, 1, 1) - drawn.narrow(1, 0, 1).square()).abs().median();
        Assert.InRange(residual.item<float>(), 0, 0.5);
    }

    [Fact]
    public void SamplesAreReproducibleAndTemperatureZeroIsOnePoint()
    {
        using var density = new GlowDensity(4, 0, Small, new RandomStream(1)).Shaken();
        using var a = density.Sample(2, new VolumeShape(2, 2, 2), null, new RandomStream(4));
        using var b = density.Sample(2, new VolumeShape(2, 2, 2), null, new RandomStream(4));
        Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray());
        using var cold = density.Sample(2, new VolumeShape(2, 2, 2), null, new RandomStream(4), temperature: 0);
        using var spread = cold.std([0, 2, 3, 4], unbiased: false);
        Assert.All(spread.data<float>().ToArray(), v => Assert.Equal(0, v, 1e-5f));
    }

    [Fact]
    public void ThePapersFlowHasTheParametersCountedByHand()
    {
        const long d = 32, c = 32, hidden = 512;
        long block = (2 * d) + (c * 2 * d) + (d * d) + (((d / 2) + c) * hidden) + hidden + (hidden * hidden) + hidden + (hidden * d) + d;
        using var density = new GlowDensity(32, 32, GlowDensityOptions.Paper, new RandomStream(1));
        Assert.Equal(64 * block, density.parameters().Sum(p => p.numel()));
        Assert.All(density.parameters(), p => Assert.True(p.isfinite().all().item<bool>()));
    }

    [Fact]
    public void TheLinearMapsStartOrthogonal()
    {
        using var density = new GlowDensity(7, 0, Small, new RandomStream(1));
        var w = density.state_dict()["blocks.3.mixing"];
        using var product = w.matmul(w.t());
        using var identity = eye(7);
        Assert.InRange(SmallNetworks.MaximumDifference(identity, product), 0, 1e-5);
    }

    [Fact]
    public void NothingLeaks()
    {
        using var density = new GlowDensity(4, 3, Small, new RandomStream(1));
        using var features = SmallNetworks.Random(1, 1, 4, 2, 2, 2);
        using var condition = SmallNetworks.Random(2, 1, 3, 2, 2, 2);
        TensorLeaks.Check(
            () => [density.NegativeLogLikelihood(features, condition), density.Inverse(features, condition),
                density.Sample(1, new VolumeShape(2, 2, 2), condition, new RandomStream(1))]);
        TensorLeaks.Check(() =>
        {
            var (z, logDeterminant) = density.Transform(features, condition);
            density.InitializeFrom(features, condition);
            return [z, logDeterminant];
        });
        using var marginal = new GlowDensity(4, 0, Small, new RandomStream(1));
        TensorLeaks.Check(() => [marginal.NegativeLogLikelihood(features, null), marginal.Inverse(features, null)]);
    }

    [Fact]
    public void MisuseIsRefused()
    {
        using var density = new GlowDensity(4, 0, Small, new RandomStream(1));
        Assert.Throws<OptionException>(() => density.Sample(1, new VolumeShape(2, 2, 2), null, new RandomStream(1), temperature: -1));
        Assert.Throws<OptionException>(() => new GlowDensity(1, 0, Small, new RandomStream(1)));
        Assert.Throws<OptionException>(() => new GlowDensity(4, 0, new() { Blocks = 0 }, new RandomStream(1)));
    }
}
