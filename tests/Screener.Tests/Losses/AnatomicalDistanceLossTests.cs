using System.Globalization;
using Screener.Errors;
using Screener.Losses;
using Screener.Tests.Models;
using static TorchSharp.torch;

namespace Screener.Tests.Losses;

[Collection(TorchCollection.Name)]
public sealed class AnatomicalDistanceLossTests
{
    [Theory]
    [InlineData(2, 0)]
    [InlineData(9, 0)]
    [InlineData(9, 80)]
    public void EqualsHandWrittenLoops(int k, double unit)
    {
        using var e1 = SmallNetworks.Random(1, k, 3);
        using var e2 = SmallNetworks.Random(2, k, 3);
        using var positions = Positions(k);
        using var terms = new AnatomicalDistanceLoss(new() { Invariance = 3, UnitMm = unit }).Forward(e1, e2, positions);
        var (distance, invariance) = Reference(
            DenseVicRegLossTests.Rows(e1), DenseVicRegLossTests.Rows(e2), DenseVicRegLossTests.Rows(positions), unit);
        Assert.Equal(distance, terms.Distance.item<float>(), 1e-5 * Math.Max(1, distance));
        Assert.Equal(invariance, terms.Invariance.item<float>(), 1e-5 * Math.Max(1, invariance));
        Assert.Equal(distance + (3 * invariance), terms.Total.item<float>(), 1e-4);
    }

    [Fact]
    public void EqualsPyTorch()
    {
        const string script = """
            import sys, numpy as np, torch
            f = sys.argv[1]
            e1, e2, p = [torch.from_numpy(np.fromfile(f + '/' + n, '<f4').reshape(-1, 3).copy()) for n in ('e1', 'e2', 'p')]
            e1.requires_grad_(); e2.requires_grad_()
            p = (p - p.mean(0)) / p.std(0)
            d = torch.nn.functional.mse_loss(torch.norm(e1.unsqueeze(1) - e2, dim=-1), torch.norm(p.unsqueeze(1) - p, dim=-1))
            loss = d + torch.nn.functional.mse_loss(e1, e2)
            loss.backward()
            np.concatenate([e1.grad.numpy().ravel(), e2.grad.numpy().ravel()]).tofile(f + '/gradients')
            print(repr(loss.item()))
            """;
        using var folder = new TemporaryFolder();
        using var e1 = SmallNetworks.Random(1, 12, 3);
        using var e2 = SmallNetworks.Random(2, 12, 3);
        using var positions = Positions(12);
        RawFloats.Write(folder["e1"], e1.data<float>().ToArray());
        RawFloats.Write(folder["e2"], e2.data<float>().ToArray());
        RawFloats.Write(folder["p"], positions.data<float>().ToArray());
        double expected = double.Parse(PythonOracle.Run(["torch"], script, folder.FullName), CultureInfo.InvariantCulture);
        e1.requires_grad = true;
        e2.requires_grad = true;
        using var terms = new AnatomicalDistanceLoss().Forward(e1, e2, positions);
        terms.Total.backward();
        Assert.Equal(expected, terms.Total.item<float>(), 1e-5 * expected);
        float[] gradients = [.. e1.grad!.data<float>(), .. e2.grad!.data<float>()];
        var wanted = RawFloats.Read(folder["gradients"]);
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], gradients[i], 1e-6f);
    }

    [Fact]
    public void PositionsInUnitsAreAPerfectEmbeddingAndSoIsTheirReflection()
    {
        using var positions = Positions(20);
        using var embedding = positions / 50;
        using var mirror = tensor(new float[] { 1, -1, 1 });
        using var reflected = (embedding * mirror) + 7;
        foreach (var e in new[] { embedding, reflected })
        {
            using var terms = new AnatomicalDistanceLoss(new() { UnitMm = 50 }).Forward(e, e, positions);
            Assert.Equal(0, terms.Total.item<float>(), 1e-9);
        }
    }

    [Fact]
    public void CoincidingEmbeddingsHaveAGradient()
    {
        using var e = full([5, 3], 0.5f);
        e.requires_grad = true;
        using var positions = Positions(5);
        using var terms = new AnatomicalDistanceLoss().Forward(e, e, positions);
        terms.Total.backward();
        Assert.All(e.grad!.data<float>().ToArray(), g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void WrongShapesAndWeightsAreRefused()
    {
        using var a = zeros([4, 3]);
        using var b = zeros([3, 3]);
        var loss = new AnatomicalDistanceLoss();
        Assert.Throws<OptionException>(() => loss.Forward(a, b, a));
        Assert.Throws<OptionException>(() => loss.Forward(a, a, b));
        Assert.Throws<OptionException>(() => new AnatomicalDistanceLoss(new() { UnitMm = -1 }));
    }

    [Fact]
    public void NothingLeaks()
    {
        using var e1 = SmallNetworks.Random(1, 6, 3);
        using var e2 = SmallNetworks.Random(2, 6, 3);
        using var positions = Positions(6);
        e1.requires_grad = true;
        var loss = new AnatomicalDistanceLoss();
        TensorLeaks.Check(() =>
        {
            using var terms = loss.Forward(e1, e2, positions);
            return [];
        });
    }

    // Millimetres, of another spread along each axis.
    private static TorchSharp.torch.Tensor Positions(int k)
    {
        using var start = SmallNetworks.Random(3, k, 3);
        using var spread = tensor(new float[] { 90, 60, 30 });
        return (start * spread) + 200;
    }

    // Straight from the formulas, in double.
    private static (double Distance, double Invariance) Reference(double[][] e1, double[][] e2, double[][] p, double unit)
    {
        int n = p.Length;
        var units = new double[3];
        for (int a = 0; a < 3; a++)
        {
            double mean = p.Average(row => row[a]);
            units[a] = unit > 0 ? unit : Math.Sqrt(p.Sum(row => (row[a] - mean) * (row[a] - mean)) / (n - 1));
        }

        double distance = 0, invariance = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double embedded = Math.Sqrt(Enumerable.Range(0, 3).Sum(a => Math.Pow(e1[i][a] - e2[j][a], 2)));
                double physical = Math.Sqrt(Enumerable.Range(0, 3).Sum(a => Math.Pow((p[i][a] - p[j][a]) / units[a], 2)));
                distance += Math.Pow(embedded - physical, 2) / (n * n);
            }

            invariance += Enumerable.Range(0, 3).Sum(a => Math.Pow(e1[i][a] - e2[i][a], 2)) / (3 * n);
        }

        return (distance, invariance);
    }
}
