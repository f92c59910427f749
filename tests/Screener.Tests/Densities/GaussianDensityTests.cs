using Screener.Densities;
using Screener.Errors;
using Screener.Randomness;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Densities;

[Collection(TorchCollection.Name)]
public sealed class GaussianDensityTests
{
    [Fact]
    public void AMarginalDensityIsScipysNormal()
    {
        PythonOracle.Require("scipy");
        using var folder = new TemporaryFolder();
        using var noise = SmallNetworks.Random(1, 2, 3, 4, 5, 6);
        using var stretch = tensor(new float[] { 0.01f, 1, 30 }).view(1, 3, 1, 1, 1);
        using var stretched = noise * stretch;
        using var features = stretched + 100;
        using var density = new GaussianDensity(3, 0, GaussianDensityOptions.Quick, new RandomStream(1));
        density.InitializeFrom(features, null);
        using var score = density.NegativeLogLikelihood(features, null);
        RawFloats.Write(folder["y"], features.contiguous().data<float>().ToArray());
        PythonOracle.Run(
            ["scipy"],
            """
            import sys, numpy as np
            from scipy.stats import norm
            y = np.fromfile(sys.argv[1], '<f4').astype('f8').reshape(2, 3, 4, 5, 6)
            m, s = y.mean((0, 2, 3, 4), keepdims=True), y.std((0, 2, 3, 4), keepdims=True)
            (-norm.logpdf(y, m, s).sum(1)).astype('<f4').tofile(sys.argv[2])
            """,
            folder["y"],
            folder["score"]);
        var expected = RawFloats.Read(folder["score"]);
        var actual = score.contiguous().data<float>().ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 2e-3f);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void AConditionalDensityIsTheFormulaByHand(int kernel, int layers)
    {
        var options = new GaussianDensityOptions { HiddenChannels = 6, Kernel = kernel, Layers = layers };
        using var density = new GaussianDensity(2, 3, options, new RandomStream(1));
        using var features = SmallNetworks.Random(1, 1, 2, 3, 4, 3);
        using var condition = SmallNetworks.Random(2, 1, 3, 3, 4, 3);
        density.InitializeFrom(features, condition);
        density.Shaken();
        using var score = density.NegativeLogLikelihood(features, condition);
        var y = features.data<float>().ToArray();
        var c = condition.data<float>().ToArray();
        var state = density.state_dict();
        float[] Of(string name) => state[name].contiguous().data<float>().ToArray();
        (int D, int H, int W) = (3, 4, 3);
        float[] featureMean = Of("feature_mean"), logScale = Of("feature_log_scale"), conditionMean = Of(
            "condition_mean"), conditionScale = Of("condition_scale");
        var map = new double[3 * D * H * W];
        for (int i = 0; i < map.Length; i++)
            map[i] = (c[i] - conditionMean[i / (D * H * W)]) * conditionScale[i / (D * H * W)];
        int channels = 3;
        for (int layer = 0; layer < layers; layer++)
        {
            if (layer > 0)
                map = [.. map.Select(v => v / (1 + Math.Exp(-v)))];
            int outputs = layer == layers - 1 ? 4 : 6;
            map = Convolve(map, channels, outputs, Of($"layers.{layer}.weight"), Of($"layers.{layer}.bias"), kernel, D, H, W);
            channels = outputs;
        }

        int positions = D * H * W;
        for (int p = 0; p < positions; p++)
        {
            double expected = 0;
            for (int k = 0; k < 2; k++)
            {
                double scale = Math.Exp(logScale[k]);
                double mean = featureMean[k] + (scale * map[(k * positions) + p]);
                double variance = scale * scale * Math.Exp(8 * Math.Tanh(map[((2 + k) * positions) + p] / 8));
                double off = y[(k * positions) + p] - mean;
                expected += 0.5 * ((off * off / variance) + Math.Log(2 * Math.PI * variance));
            }

            Assert.Equal(expected, score[0, p / (H * W), p / W % H, p % W].item<float>(), 1e-4 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void TheTwoTermsAndTheConstantAreTheScore()
    {
        using var density = new GaussianDensity(4, 3, GaussianDensityOptions.Quick, new RandomStream(1)).Shaken();
        using var features = SmallNetworks.Random(1, 2, 4, 3, 3, 3);
        using var condition = SmallNetworks.Random(2, 2, 3, 3, 3, 3);
        using var score = density.NegativeLogLikelihood(features, condition);
        var (mahalanobis, logDeterminant) = density.Terms(features, condition);
        using var expected = (mahalanobis + logDeterminant + (4 * Math.Log(2 * Math.PI))) / 2;
        Assert.InRange(SmallNetworks.MaximumDifference(expected, score), 0, 1e-4);
        Assert.True((mahalanobis >= 0).all().item<bool>());
        mahalanobis.Dispose();
        logDeterminant.Dispose();
    }

    [Fact]
    public void WhatIsExpectedHasNoMahalanobisDistance()
    {
        using var density = new GaussianDensity(4, 3, GaussianDensityOptions.Quick, new RandomStream(1));
        using var condition = SmallNetworks.Random(2, 2, 3, 3, 3, 3);
        using var features = SmallNetworks.Random(1, 2, 4, 3, 3, 3);
        density.InitializeFrom(features, condition);
        density.Shaken();
        using var expected = density.Expected(condition);
        Assert.Equal(features.shape, expected.shape);
        var (mahalanobis, logDeterminant) = density.Terms(expected, condition);
        Assert.InRange(mahalanobis.max().item<float>(), 0, 1e-8f);
        using var moved = expected + 1;
        var (farther, same) = density.Terms(moved, condition);
        Assert.True(farther.min().item<float>() > 0.01f);
        foreach (var tensor in new[] { mahalanobis, logDeterminant, farther, same })
            tensor.Dispose();

        using var marginal = new GaussianDensity(4, 0, GaussianDensityOptions.Quick, new RandomStream(1));
        marginal.InitializeFrom(features, null);
        using var mean = marginal.Expected(null);
        using var wanted = features.mean([0, 2, 3, 4]).view(1, 4, 1, 1, 1);
        Assert.InRange(SmallNetworks.MaximumDifference(wanted, mean), 0, 1e-5);

        Assert.Contains("[N, 3, D, H, W]", Assert.Throws<OptionException>(() => density.Expected(null)).Message);
        Assert.Throws<OptionException>(() => density.Expected(features));
        Assert.Throws<OptionException>(() => marginal.Expected(condition));
    }

    [Fact]
    public void AConditionNeverSeenGivesAFiniteScore()
    {
        using var density = new GaussianDensity(4, 3, GaussianDensityOptions.Quick, new RandomStream(1)).Shaken();
        using var features = SmallNetworks.Random(1, 1, 4, 3, 3, 3);
        using var condition = SmallNetworks.Random(2, 1, 3, 3, 3, 3);
        using var wild = condition * 1e4;
        using var score = density.NegativeLogLikelihood(features, wild);
        Assert.True(score.isfinite().all().item<bool>());
    }

    [Fact]
    public void TrainingOnFreshSamplesApproachesTheEntropyOfTheTruth()
    {
        using var density = new GaussianDensity(
            2, 1, new GaussianDensityOptions { HiddenChannels = 16, Layers = 2, Kernel = 1 }, new RandomStream(1));
        using var optimiser = optim.Adam(density.parameters(), 0.02);
        double recent = 0;
        for (ulong step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            var condition = SmallNetworks.Random(2 * step, 2, 1, 8, 8, 8);
            var features = condition.expand(2, 2, 8, 8, 8) + (SmallNetworks.Random((2 * step) + 1, 2, 2, 8, 8, 8) * 0.1);
            if (step == 0)
                density.InitializeFrom(features, condition);
            optimiser.zero_grad();
            var loss = density.NegativeLogLikelihood(features, condition).mean();
            loss.backward();
            optimiser.step();
            if (step >= 90)
                recent += loss.item<float>() / 10;
        }

        // Two dimensions of standard deviation 0.1: ln(2 pi e 0.01) = -1.77. Without the condition 2.86 at best.
        Assert.InRange(recent, -1.85, -1.0);
    }

    [Fact]
    public void MisuseIsRefused()
    {
        using var marginal = new GaussianDensity(2, 0, GaussianDensityOptions.Quick, new RandomStream(1));
        using var conditional = new GaussianDensity(2, 3, GaussianDensityOptions.Quick, new RandomStream(1));
        using var features = zeros([1, 2, 3, 3, 3]);
        using var condition = zeros([1, 3, 3, 3, 2]);
        Assert.Throws<OptionException>(() => marginal.NegativeLogLikelihood(features, condition));
        Assert.Throws<OptionException>(() => conditional.NegativeLogLikelihood(features, condition));
        Assert.Throws<OptionException>(() => conditional.NegativeLogLikelihood(features, null));
        Assert.Throws<OptionException>(() => conditional.NegativeLogLikelihood(condition, condition));
        Assert.Throws<OptionException>(() => new GaussianDensity(2, 3, new() { Kernel = 2 }, new RandomStream(1)));
    }

    [Fact]
    public void NothingLeaks()
    {
        using var marginal = new GaussianDensity(4, 0, GaussianDensityOptions.Quick, new RandomStream(1));
        using var conditional = new GaussianDensity(4, 3, GaussianDensityOptions.Quick, new RandomStream(1));
        using var features = SmallNetworks.Random(1, 2, 4, 3, 3, 3);
        using var condition = SmallNetworks.Random(2, 2, 3, 3, 3, 3);
        TensorLeaks.Check(() => [marginal.NegativeLogLikelihood(features, null), conditional.NegativeLogLikelihood(features, condition)]);
        TensorLeaks.Check(() =>
        {
            var (a, b) = conditional.Terms(features, condition);
            return [a, b];
        });
        TensorLeaks.Check(() =>
        {
            marginal.InitializeFrom(features, null);
            conditional.InitializeFrom(features, condition);
        });
    }

    // Edges repeated, kernel centred, straight loops.
    private static double[] Convolve(double[] map, int inputs, int outputs, float[] weight, float[] bias, int kernel, int D, int H, int W)
    {
        var result = new double[outputs * D * H * W];
        for (int o = 0; o < outputs; o++)
        {
            for (int p = 0; p < D * H * W; p++)
            {
                double sum = bias[o];
                for (int i = 0; i < inputs; i++)
                {
                    for (int k = 0; k < kernel * kernel * kernel; k++)
                    {
                        int d = Math.Clamp((p / (H * W)) + (k / (kernel * kernel)) - (kernel / 2), 0, D - 1);
                        int h = Math.Clamp((p / W % H) + (k / kernel % kernel) - (kernel / 2), 0, H - 1);
                        int w = Math.Clamp((p % W) + (k % kernel) - (kernel / 2), 0, W - 1);
                        sum += weight[(((o * inputs) + i) * kernel * kernel * kernel) + k] * map[(((((i * D) + d) * H) + h) * W) + w];
                    }
                }

                result[(o * D * H * W) + p] = sum;
            }
        }

        return result;
    }
}
