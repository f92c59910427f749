using Screener.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class NormalizedActivationTests
{
    private const double Epsilon = 1e-5;

    /// <summary>Maps whose channels or voxels fill no whole vector, maps of one voxel, rows of wide and of narrow groups.</summary>
    public static TheoryData<long[], int> Shapes => new()
    {
        { [2, 4, 1, 1, 1], 1 },
        { [3, 4, 3, 3, 3], 1 },
        { [2, 8, 2, 3, 5], 2 },
        { [1, 12, 4, 5, 7], 3 },
        { [2, 20, 3, 3, 3], 5 },
        { [2, 16, 12, 13, 14], 4 },
        { [2, 128, 3, 3, 3], 32 },
        { [5, 512], 32 },
        { [70, 128], 32 },
        { [3, 24], 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EqualsTorchsTwoOperationsForwardAndBackward(long[] shape, int groups)
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias, slope) = Inputs(shape);
        var ours = Gradients(x, weight, bias, slope, (a, w, b) => NormalizedActivation.Of(a, w, b, groups, Epsilon));
        var torchs = Gradients(x, weight, bias, slope, (a, w, b) => Reference(a, w, b, groups));
        foreach (var (own, other) in ours.Zip(torchs))
            Assert.InRange(SmallNetworks.MaximumDifference(own, other), 0, 2e-5 * Math.Max(1, other.abs().max().item<float>()));
        using var guard = no_grad();
        Assert.Equal(0, SmallNetworks.MaximumDifference(ours[0], NormalizedActivation.Of(x, weight, bias, groups, Epsilon)));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BFloat16IsRoundedOnceForwardAndTwiceBackward(long[] shape, int groups)
    {
        using var scope = NewDisposeScope();
        var (wide, weight, bias, steep) = Inputs(shape);
        Tensor x = wide.to_type(ScalarType.BFloat16), slope = steep.to_type(ScalarType.BFloat16);
        var half = Gradients(x, weight, bias, slope, (a, w, b) => NormalizedActivation.Of(a, w, b, groups, Epsilon));
        (x, slope) = (x.to_type(ScalarType.Float32), slope.to_type(ScalarType.Float32));
        var whole = Gradients(x, weight, bias, slope, (a, w, b) => Reference(a, w, b, groups));
        Assert.Equal(ScalarType.BFloat16, half[0].dtype);
        Assert.InRange(SmallNetworks.MaximumDifference(half[0], whole[0]), 0, whole[0].abs().max().item<float>() / 256);
        Assert.InRange(SmallNetworks.MaximumDifference(half[1], whole[1]), 0, 3 * whole[1].abs().max().item<float>() / 256);
        Assert.InRange(SmallNetworks.MaximumDifference(half[2], whole[2]), 0, 1e-4 * whole[2].abs().max().item<float>());
        Assert.InRange(SmallNetworks.MaximumDifference(half[3], whole[3]), 0, 1e-4 * whole[3].abs().max().item<float>());
    }

    [Fact]
    public void SmallDifferencesOfLargeNumbersDoNotCancel()
    {
        using var scope = NewDisposeScope();
        Tensor noise = SmallNetworks.Random(1, 1, 8, 20, 20, 20), x = (noise * 0.01) + 100;
        Tensor weight = ones(8), bias = zeros(8);
        using var guard = no_grad();
        Tensor ours = NormalizedActivation.Of(x, weight, bias, 2, Epsilon);
        Tensor exact = Reference(x.to_type(ScalarType.Float64), weight.to_type(ScalarType.Float64), bias.to_type(ScalarType.Float64), 2);

        // A float32 near 100 is exact to 4e-6, a deviation of 0.01 to one part in 2,600.
        Assert.InRange(SmallNetworks.MaximumDifference(ours, exact), 0, 2e-3);
    }

    [Fact]
    public void ExtremeValuesSaturateAndNaNStays()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor x = tensor(Enumerable.Range(0, 32).Select(i => i % 2 == 0 ? -1f : 1f).ToArray(), [1, 32]);
        float[] y = NormalizedActivation.Of(x, full([32], 1e4f), zeros(32), 1, 0).data<float>().ToArray();
        Assert.Equal(-0f, y[0], 1e-30);
        Assert.Equal(1e4f, y[1], 1f);
        x[0, 3] = float.NaN;
        Assert.All(NormalizedActivation.Of(x, ones(32), zeros(32), 1, Epsilon).data<float>().ToArray(), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void ThreadsDoNotChangeABit()
    {
        int before = get_num_threads();
        try
        {
            foreach (long[] shape in (long[][])[[5, 16, 12, 12, 12], [300, 512]])
            {
                using var scope = NewDisposeScope();
                var (x, weight, bias, slope) = Inputs(shape);
                var results = new List<Tensor[]>();
                foreach (int threads in (int[])[1, 2, 3])
                {
                    set_num_threads(threads);
                    results.Add(Gradients(x, weight, bias, slope, (a, w, b) => NormalizedActivation.Of(a, w, b, 4, Epsilon)));
                }

                for (int i = 0; i < 4; i++)
                {
                    Assert.Equal(0, SmallNetworks.MaximumDifference(results[0][i], results[1][i]));
                    Assert.Equal(0, SmallNetworks.MaximumDifference(results[0][i], results[2][i]));
                }
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void NothingLeaks()
    {
        using var x = SmallNetworks.Random(1, 2, 8, 3, 3, 3).requires_grad_(true);
        using var weight = ones(8, requires_grad: true);
        using var bias = zeros(8, requires_grad: true);
        TensorLeaks.Check(() =>
        {
            using var y = NormalizedActivation.Of(x, weight, bias, 2, Epsilon);
            using var sum = y.sum();
            sum.backward();
            NormalizedActivation.Release();
        });
    }

    private static (Tensor X, Tensor Weight, Tensor Bias, Tensor Slope) Inputs(long[] shape)
    {
        long c = shape[1];
        return (SmallNetworks.Random(1, shape), SmallNetworks.Random(2, c), SmallNetworks.Random(3, c), SmallNetworks.Random(4, shape));
    }

    private static Tensor Reference(Tensor x, Tensor weight, Tensor bias, int groups) =>
        nn.functional.silu(nn.functional.group_norm(x, groups, weight, bias, Epsilon));

    // The result and the derivatives by the three inputs.
    private static Tensor[] Gradients(Tensor x, Tensor weight, Tensor bias, Tensor slope, Func<Tensor, Tensor, Tensor, Tensor> of)
    {
        Tensor Leaf(Tensor value) => value.detach().clone().requires_grad_(true);
        var (a, w, b) = (Leaf(x), Leaf(weight), Leaf(bias));
        Tensor y = of(a, w, b);
        y.backward([slope]);
        return [y.detach(), a.grad!, w.grad!, b.grad!];
    }
}
