using Screener.Augmentation;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Augmentation;

public sealed class ColourJitterTests
{
    private static readonly VolumeShape Shape = new(5, 11, 13);
    private static readonly Spacing Spacing = new(2, 1.5, 1);

    private static readonly ColourJitterOptions Nothing = new()
    {
        Probability = 1, MaxBlurSigmaMm = 0, MaxSharpenAlpha = 0, MaxNoiseSigma = 0, BrightnessRange = 0, ContrastRange = 0, MinGamma = 1,
        MaxGamma = 1,
    };

    [Fact]
    public void BrightnessIsOneFactorForAll() => Factors(Nothing with { BrightnessRange = 0.2 }, (x, y, _) => y / x, 0.8, 1.2);

    [Fact]
    public void ContrastIsOneFactorAboutTheMean() => Factors(
        Nothing with { ContrastRange = 0.2 }, (x, y, mean) => (y - mean) / (x - mean), 0.8, 1.2);

    [Fact]
    public void GammaIsOneExponentForAll() => Factors(
        Nothing with { MinGamma = 0.8, MaxGamma = 1.25 }, (x, y, _) => Math.Log(y) / Math.Log(x), 0.8, 1.25);

    [Fact]
    public void StrengthScalesTheRange()
    {
        Factors(Nothing with { BrightnessRange = 0.2, Strength = 0.25 }, (x, y, _) => y / x, 0.95, 1.05);
        Factors(Nothing with { MinGamma = 0.8, MaxGamma = 1.25, Strength = 2 }, (x, y, _) => Math.Log(y) / Math.Log(x), 0.64, 1.5625);
    }

    [Fact]
    public void BlurAndSharpenAreOppositeAndAsOftenAsEachOther()
    {
        int smoother = 0, rougher = 0;
        float[] original = Patch(0.5f);
        for (ulong seed = 0; seed < 200; seed++)
        {
            float[] patch = Apply(original, Nothing with { MaxBlurSigmaMm = 1.5, MaxSharpenAlpha = 2 }, seed);
            double before = Roughness(original), after = Roughness(patch);
            smoother += after < before - 1e-6 ? 1 : 0;
            rougher += after > before + 1e-6 ? 1 : 0;

            // Neither moves anything between slices: a slice keeps its mean up to what sharpening clips.
            Assert.Equal(original.Take(11 * 13).Average(), patch.Take(11 * 13).Average(), 0.01);
        }

        Assert.InRange(smoother, 60, 110);
        Assert.InRange(rougher, 60, 110);
    }

    [Fact]
    public void NoiseHasAStandardDeviationWithinItsRange()
    {
        var sigmas = new List<double>();
        float[] original = Patch(0.2f);
        for (ulong seed = 0; seed < 200; seed++)
        {
            float[] patch = Apply(original, Nothing with { MaxNoiseSigma = 0.1 }, seed);
            sigmas.Add(Math.Sqrt(patch.Zip(original, (y, x) => Math.Pow(y - x, 2)).Average()));
        }

        Assert.InRange(sigmas.Min(), 0, 0.005);
        Assert.InRange(sigmas.Max(), 0.095, 0.11);
        Assert.InRange(sigmas.Average(), 0.042, 0.058);
    }

    [Fact]
    public void EachStepHappensWithItsProbability()
    {
        float[] original = Patch(0.5f);
        int unchanged = Enumerable.Range(0, 1000).Count(
            seed => Apply(original, Nothing with { Probability = 0.8, BrightnessRange = 0.2 }, (ulong)seed).SequenceEqual(original));
        Assert.InRange(unchanged, 150, 250);
        Assert.Equal(original, Apply(original, new ColourJitterOptions { Probability = 0 }, 1));
        Assert.Equal(original, Apply(original, new ColourJitterOptions { Strength = 0 }, 1));
    }

    [Fact]
    public void TheResultIsRepeatableAndStaysInRange()
    {
        float[] original = Patch(1);
        for (ulong seed = 0; seed < 100; seed++)
        {
            float[] patch = Apply(original, new ColourJitterOptions { Strength = 4 }, seed);
            Assert.All(patch, x => Assert.InRange(x, 0, 1));
            Assert.Equal(patch, Apply(original, new ColourJitterOptions { Strength = 4 }, seed));
        }
    }

    [Fact]
    public void WrongInputNamesTheField()
    {
        Assert.Equal("MaxNoiseSigma", Assert.Throws<OptionException>(() => Apply(Patch(1), Nothing with { MaxNoiseSigma = 2 }, 0)).Subject);
        Assert.Equal(
            "patch", Assert.Throws<OptionException>(
                () => ColourJitter.Apply(new float[7], Shape, Spacing, Nothing, new RandomStream(0))).Subject);
    }

    // Over many seeds the recovered factor must be the same for every voxel of a crop, stay in its range and fill it.
    private static void Factors(ColourJitterOptions options, Func<double, double, double, double> recover, double min, double max)
    {
        float[] original = Patch(0.5f);
        double mean = original.Average(), smallest = 9, largest = 0;
        for (ulong seed = 0; seed < 300; seed++)
        {
            float[] patch = Apply(original, options, seed);
            double[] factors = Enumerable.Range(0, patch.Length).Where(i => Math.Abs(original[i] - mean) > 0.1).Select(
                i => recover(original[i], patch[i], mean)).ToArray();
            Assert.Equal(factors.Min(), factors.Max(), 1e-4);
            smallest = Math.Min(smallest, factors[0]);
            largest = Math.Max(largest, factors[0]);
        }

        double margin = 0.03 * (max - min);
        Assert.InRange(smallest, min - 1e-4, min + margin);
        Assert.InRange(largest, max - margin, max + 1e-4);
    }

    private static float[] Apply(float[] original, ColourJitterOptions options, ulong seed)
    {
        float[] patch = [.. original];
        ColourJitter.Apply(patch, Shape, Spacing, options, new RandomStream(seed));
        return patch;
    }

    // Uniform about 0.5, wide enough to see and narrow enough not to be clipped.
    private static float[] Patch(float width)
    {
        var random = new RandomStream(77);
        return Enumerable.Range(0, (int)Shape.VoxelCount).Select(_ => (float)(0.5 + (width * (random.NextDouble() - 0.5)))).ToArray();
    }

    private static double Roughness(float[] patch) => Enumerable.Range(1, patch.Length - 1).Average(i => Math.Abs(patch[i] - patch[i - 1]));
}
