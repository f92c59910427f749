using Screener.Errors;
using Screener.Losses;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Losses;

[Collection(TorchCollection.Name)]
public sealed class DenseInfoNceLossTests
{
    [Theory]
    [InlineData(1, 3, 1000, 0.1)]
    [InlineData(5, 4, 1000, 0.1)]
    [InlineData(12, 8, 7, 0.1)]
    [InlineData(12, 8, 1, 0.5)]
    public void EqualsHandWrittenLoopsWhateverTheChunk(int n, int h, int chunk, double temperature)
    {
        using var z1 = SmallNetworks.Random(1, n, h);
        using var z2 = SmallNetworks.Random(2, n, h);
        using var loss = new DenseInfoNceLoss(new() { ChunkRows = chunk, Temperature = temperature }).Forward(z1, z2);
        Assert.Equal(Reference(DenseVicRegLossTests.Rows(z1), DenseVicRegLossTests.Rows(z2), temperature), loss.item<float>(), 1e-4);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3)]
    public void GradientEqualsFiniteDifferences(int chunk)
    {
        using var z1 = SmallNetworks.Random(1, 5, 3);
        using var z2 = SmallNetworks.Random(2, 5, 3);
        z1.requires_grad = true;
        z2.requires_grad = true;
        using var loss = new DenseInfoNceLoss(new() { ChunkRows = chunk }).Forward(z1, z2);
        loss.backward();
        FiniteDifferences.Check(
            (a, b) => Reference(a, b, 0.1),
            DenseVicRegLossTests.Rows(z1),
            DenseVicRegLossTests.Rows(z2),
            DenseVicRegLossTests.Rows(z1.grad!),
            DenseVicRegLossTests.Rows(z2.grad!));
    }

    [Fact]
    public void AGradientThatIsScaledLaterIsScaled()
    {
        using var z1 = SmallNetworks.Random(1, 5, 3);
        using var z2 = SmallNetworks.Random(2, 5, 3);
        z1.requires_grad = true;
        using var loss = new DenseInfoNceLoss().Forward(z1, z2);
        loss.backward();
        using var once = z1.grad!.clone();
        z1.grad!.zero_();
        using var again = new DenseInfoNceLoss().Forward(z1, z2);
        using var tripled = again * 3;
        tripled.backward();
        using var expected = once * 3;
        Assert.InRange(SmallNetworks.MaximumDifference(expected, z1.grad!), 0, 1e-5);
    }

    [Fact]
    public void WrongShapesAreRefused()
    {
        using var a = zeros([4, 3]);
        using var b = zeros([3, 3]);
        Assert.Throws<OptionException>(() => new DenseInfoNceLoss().Forward(a, b));
        Assert.Throws<OptionException>(() => new DenseInfoNceLoss(new() { Temperature = 0 }));
    }

    [Fact]
    public void NothingLeaks()
    {
        using var z1 = SmallNetworks.Random(1, 9, 4);
        using var z2 = SmallNetworks.Random(2, 9, 4);
        var loss = new DenseInfoNceLoss(new() { ChunkRows = 4 });
        TensorLeaks.Check(() => [loss.Forward(z1, z2)]);
        z1.requires_grad = true;
        TensorLeaks.Check(() => [loss.Forward(z1, z2)]);
    }

    // Straight from the formula, in double: for every pair and view.
    private static double Reference(double[][] z1, double[][] z2, double temperature)
    {
        double[][][] z = [[.. z1.Select(Unit)], [.. z2.Select(Unit)]];
        int n = z1.Length;
        double total = 0;
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < 2; k++)
            {
                double positive = Math.Exp(Dot(z[0][i], z[1][i]) / temperature), negatives = 0;
                for (int j = 0; j < n; j++)
                {
                    if (j != i)
                        negatives += Math.Exp(Dot(z[k][i], z[0][j]) / temperature) + Math.Exp(Dot(z[k][i], z[1][j]) / temperature);
                }

                total -= Math.Log(positive / (positive + negatives));
            }
        }

        return total / (2 * n);
    }

    private static double[] Unit(double[] v)
    {
        double norm = Math.Sqrt(Dot(v, v));
        return [.. v.Select(x => x / norm)];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
