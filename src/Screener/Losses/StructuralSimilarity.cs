using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Losses;

/// <summary>
/// Structural similarity (Wang 2004) of volumes of range 1: Gaussian weights of deviation 1.5 in windows of 11^3, where they fit wholly.
/// </summary>
internal static class StructuralSimilarity
{
    /// <summary>Edge of a window, voxels.</summary>
    internal const int Window = 11;

    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    private static readonly float[] Weights = MakeWeights();

    /// <summary>The mean over all windows, a scalar; 1 where the volumes are equal.</summary>
    /// <param name="a">[N, 1, D, H, W], float32.</param>
    /// <param name="b">Of the same shape.</param>
    /// <exception cref="OptionException">An axis is shorter than a window.</exception>
    internal static Tensor Mean(Tensor a, Tensor b)
    {
        if (a.shape.Length != 5 || a.shape[1] != 1 || a.shape[2..].Min() < Window || !a.shape.AsSpan().SequenceEqual(b.shape))
            throw new OptionException(
                "volumes", $"[{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}]",
                $"[N, 1, D, H, W], axes of {Window} and more");
        using var scope = NewDisposeScope();
        Tensor smooth = Smooth(cat([a, b, a * a, b * b, a * b]));
        long n = a.shape[0];
        Tensor meanA = smooth.narrow(0, 0, n), meanB = smooth.narrow(0, n, n), product = meanA * meanB;
        Tensor squareA = meanA * meanA, squareB = meanB * meanB;
        Tensor varianceA = smooth.narrow(0, 2 * n, n) - squareA, varianceB = smooth.narrow(0, 3 * n, n) - squareB;
        Tensor covariance = smooth.narrow(0, 4 * n, n) - product;
        Tensor top = product.Times(2).Plus(C1) * covariance.Times(2).Plus(C2);
        Tensor bottom = squareA.Plus(squareB).Plus(C1) * varianceA.Plus(varianceB).Plus(C2);
        return (top / bottom).mean().MoveToOuterDisposeScope();
    }

    private static Tensor Smooth(Tensor x)
    {
        Tensor line = tensor(Weights, device: x.device);
        x = nn.functional.conv3d(x, line.view(1, 1, Window, 1, 1));
        x = nn.functional.conv3d(x, line.view(1, 1, 1, Window, 1));
        return nn.functional.conv3d(x, line.view(1, 1, 1, 1, Window));
    }

    private static float[] MakeWeights()
    {
        double[] weights = [.. Enumerable.Range(-(Window / 2), Window).Select(i => Math.Exp(-0.5 * i * i / (Sigma * Sigma)))];
        return Array.ConvertAll(weights, w => (float)(w / weights.Sum()));
    }
}
