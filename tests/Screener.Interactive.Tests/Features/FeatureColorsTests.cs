using System.Globalization;
using Screener.Errors;
using Screener.Interactive.Features;
using Screener.Randomness;
using Screener.Tests;
using TorchSharp;

namespace Screener.Interactive.Tests.Features;

[Collection(TorchCollection.Name)]
public sealed class FeatureColorsTests
{
    [Fact]
    public void TheyArePrincipalComponentsAsScikitLearnFindsThem()
    {
        using var folder = new TemporaryFolder();
        var map = Map(5, 4, 6, 7, seed: 3);
        File.WriteAllBytes(folder["features"], System.Runtime.InteropServices.MemoryMarshal.AsBytes(map.Values.AsSpan()).ToArray());
        string[] answer = PythonOracle.Run(["numpy", "sklearn"], """
            import sys, numpy as np
            from sklearn.decomposition import PCA
            x = np.fromfile(sys.argv[1], np.float32).reshape(5, -1).T.astype(np.float64)
            p = PCA(3).fit(x)
            print(*p.explained_variance_ratio_)
            for v in p.components_: print(*(v * np.sign(v[np.abs(v).argmax()])))
            """, folder["features"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        double[][] expected = [.. answer.Select(l => l.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
        var colors = FeatureColors.Fit(map);
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(expected[0][k], colors.Explained[k], 1e-6);
            for (int c = 0; c < 5; c++)
                Assert.Equal(expected[1 + k][c], colors.Directions[k][c], 1e-5);
        }
    }

    [Fact]
    public void TheSignDoesNotDependOnWhatTheSolverFound()
    {
        // A map and its mirror image have the same directions, and colours that run against each other.
        var map = Map(4, 3, 5, 6, seed: 8);
        using var mirrored = torch.tensor(map.Values, 4, 3, 5, 6).neg();
        var mirror = new FeatureMap(mirrored);
        FeatureColors colors = FeatureColors.Fit(map), against = FeatureColors.Fit(mirror);
        for (int k = 0; k < 3; k++)
        {
            Assert.True(colors.Directions[k].MaxBy(Math.Abs) > 0);
            Assert.All(colors.Directions[k].Zip(against.Directions[k]), p => Assert.Equal(p.First, p.Second, 1e-9));
        }

        var (red, _, _) = colors.Apply(map);
        var (mirrorRed, _, _) = against.Apply(mirror);
        Assert.All(red.Zip(mirrorRed), p => Assert.Equal(1 - p.First, p.Second, 1e-3));
    }

    [Fact]
    public void OneDirectionIsStretchedBetweenItsQuantiles()
    {
        // 101 voxels along one direction: the 2nd and the 98th percentile become black and white.
        using var line = torch.arange(101).to_type(torch.ScalarType.Float32).reshape(1, 1, 1, 101)
            * torch.tensor(new[] { 0.6f, 0.8f }).reshape(2, 1, 1, 1);
        var colors = FeatureColors.Fit(new FeatureMap(line));
        Assert.Equal(1, colors.Explained[0], 1e-9);
        Assert.Equal(0.6, colors.Directions[0][0], 1e-6);
        var (red, _, _) = colors.Apply(new FeatureMap(line));
        for (int i = 0; i < 101; i++)
            Assert.Equal(Math.Clamp((i - 2) / 96.0, 0, 1), red[i], 1e-4);
    }

    [Fact]
    public void EqualFeaturesHaveEqualColoursInMapsThatShareThem()
    {
        FeatureMap a = Map(4, 2, 3, 4, seed: 1), b = Map(4, 2, 3, 4, seed: 2);
        a.Values.AsSpan().CopyTo(b.Values);
        var colors = FeatureColors.Fit(a, Map(4, 5, 6, 7, seed: 9));
        Assert.Equal(colors.Apply(a).Green, colors.Apply(b).Green);
    }

    [Fact]
    public void VectorsThatAreNotFiniteDoNotCount()
    {
        FeatureMap clean = Map(3, 2, 4, 5, seed: 4), dirty = Map(3, 2, 4, 5, seed: 4);
        var without = FeatureColors.Fit(clean);
        using var more = torch.cat([torch.tensor(dirty.Values, 3, 2, 4, 5), torch.full(3, 2, 1, 5, float.NaN)], 2);
        var with = FeatureColors.Fit(new FeatureMap(more));
        Assert.All(without.Directions[0].Zip(with.Directions[0]), p => Assert.Equal(p.First, p.Second, 1e-9));
        Assert.All(with.Apply(new FeatureMap(more)).Red, v => Assert.InRange(v, 0, 1));
        using var nothing = torch.full(3, 2, 1, 5, float.NaN);
        Assert.Throws<OptionException>(() => FeatureColors.Fit(new FeatureMap(nothing)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void FewChannelsStillHaveColours(int channels)
    {
        var map = Map(channels, 2, 3, 4, seed: 6);
        var colors = FeatureColors.Fit(map);
        Assert.Equal(channels, colors.Directions.Count);
        Assert.Equal(24, colors.Apply(map).Blue.Length);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var flat = torch.zeros(3, 4);
        Assert.Throws<OptionException>(() => new FeatureMap(flat));
        Assert.Throws<OptionException>(() => FeatureColors.Fit());
        Assert.Throws<OptionException>(() => FeatureColors.Fit(Map(3, 1, 2, 2, 1), Map(4, 1, 2, 2, 1)));
        Assert.Throws<OptionException>(() => FeatureColors.Fit(Map(3, 1, 2, 2, 1)).Apply(Map(4, 1, 2, 2, 1)));
    }

    [Fact]
    public void NothingLeaks() => TensorLeaks.Check(() =>
    {
        var map = Map(4, 3, 4, 5, seed: 2);
        FeatureColors.Fit(map).Apply(map);
        using var images = torch.rand([2, 1, 3, 4, 5]);
        _ = PatchGallery.Of(images, images);
    });

    private static FeatureMap Map(int channels, int depth, int height, int width, ulong seed)
    {
        // Directions of clearly different variance, turned away from the axes.
        var random = new RandomStream(seed);
        int voxels = depth * height * width;
        var values = new float[channels * voxels];
        for (int k = 0; k < channels; k++)
        {
            double[] direction = [.. Enumerable.Range(0, channels).Select(_ => random.NextGaussian())];
            for (int i = 0; i < voxels; i++)
            {
                double amount = random.NextGaussian() * Math.Pow(2, -k);
                for (int c = 0; c < channels; c++)
                    values[(c * voxels) + i] += (float)(amount * direction[c]);
            }
        }

        using var tensor = torch.tensor(values, channels, depth, height, width);
        return new FeatureMap(tensor, "map");
    }
}
