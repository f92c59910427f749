using Screener.Errors;
using Screener.Losses;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Losses;

[Collection(TorchCollection.Name)]
public sealed class DenseVicRegLossTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(7, 5)]
    [InlineData(40, 16)]
    public void EqualsHandWrittenLoops(int n, int h)
    {
        using var z1 = SmallNetworks.Random(1, n, h);
        using var noise = SmallNetworks.Random(2, n, h);
        using var z2 = (z1 * 0.4) + (noise * 0.3) + 3;
        using var terms = new DenseVicRegLoss().Forward(z1, z2);
        var (invariance, variance, covariance) = Reference(Rows(z1), Rows(z2));
        Assert.Equal(invariance, terms.Invariance.item<float>(), 1e-5 * Math.Max(1, invariance));
        Assert.Equal(variance, terms.Variance.item<float>(), 1e-5);
        Assert.Equal(covariance, terms.Covariance.item<float>(), 1e-5 * Math.Max(1, covariance));
        Assert.Equal((25 * invariance) + (25 * variance) + covariance, terms.Total.item<float>(), 1e-4 * (25 * invariance));
    }

    [Fact]
    public void WeightsAreThoseOfTheOptions()
    {
        using var z1 = SmallNetworks.Random(1, 9, 4);
        using var z2 = SmallNetworks.Random(2, 9, 4);
        using var terms = new DenseVicRegLoss(new() { Invariance = 2, Variance = 3, Covariance = 5 }).Forward(z1, z2);
        double expected = (2 * terms.Invariance.item<float>()) + (3 * terms.Variance.item<float>()) + (5 * terms.Covariance.item<float>());
        Assert.Equal(expected, terms.Total.item<float>(), 1e-4);
    }

    [Fact]
    public void GradientEqualsFiniteDifferences()
    {
        using var z1 = SmallNetworks.Random(1, 6, 3);
        using var z2 = SmallNetworks.Random(2, 6, 3);
        z1.requires_grad = true;
        z2.requires_grad = true;
        using var terms = new DenseVicRegLoss().Forward(z1, z2);
        terms.Total.backward();
        FiniteDifferences.Check((a, b) => Total(Reference(a, b)), Rows(z1), Rows(z2), Rows(z1.grad!), Rows(z2.grad!));
        static double Total((double I, double V, double C) t) => (25 * t.I) + (25 * t.V) + t.C;
    }

    [Fact]
    public void WrongShapesAndTypesAreRefused()
    {
        using var a = zeros([4, 3]);
        using var b = zeros([4, 2]);
        using var one = zeros([1, 3]);
        using var half = zeros([4, 3], ScalarType.BFloat16);
        var loss = new DenseVicRegLoss();
        Assert.Throws<OptionException>(() => loss.Forward(a, b));
        Assert.Throws<OptionException>(() => loss.Forward(one, one));
        Assert.Throws<OptionException>(() => loss.Forward(half, half));
        Assert.Throws<OptionException>(() => new DenseVicRegLoss(new() { Epsilon = 0 }));
    }

    [Fact]
    public void NothingLeaks()
    {
        using var z1 = SmallNetworks.Random(1, 9, 4);
        using var z2 = SmallNetworks.Random(2, 9, 4);
        z1.requires_grad = true;
        var loss = new DenseVicRegLoss();
        TensorLeaks.Check(() =>
        {
            using var terms = loss.Forward(z1, z2);
        });
    }

    internal static double[][] Rows(Tensor z)
    {
        int n = (int)z.shape[0], h = (int)z.shape[1];
        var flat = z.detach().data<float>().ToArray();
        return [.. Enumerable.Range(0, n).Select(i => flat.Skip(i * h).Take(h).Select(v => (double)v).ToArray())];
    }

    // Straight from the formulas, in double.
    private static (double Invariance, double Variance, double Covariance) Reference(double[][] z1, double[][] z2)
    {
        int n = z1.Length, h = z1[0].Length;
        double invariance = 0, variance = 0, covariance = 0;
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < h; k++)
                invariance += (z1[i][k] - z2[i][k]) * (z1[i][k] - z2[i][k]) / (n * h);
        }

        foreach (var z in new[] { z1, z2 })
        {
            var mean = new double[h];
            for (int k = 0; k < h; k++)
                mean[k] = z.Average(row => row[k]);
            for (int a = 0; a < h; a++)
            {
                for (int b = 0; b < h; b++)
                {
                    double c = z.Sum(row => (row[a] - mean[a]) * (row[b] - mean[b])) / (n - 1);
                    if (a == b)
                        variance += Math.Max(0, 1 - Math.Sqrt(c + 1e-4)) / h / 2;
                    else
                        covariance += c * c / h / 2;
                }
            }
        }

        return (invariance, variance, covariance);
    }
}
