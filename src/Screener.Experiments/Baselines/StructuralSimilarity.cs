using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Baselines;

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
        Tensor smooth = MapFitting.Apply(
            cat([a, b, a * a, b * b, a * b], 1), Band(a.shape[2]), Band(a.shape[3]), Band(a.shape[4]));
        Tensor meanA = smooth.narrow(1, 0, 1), meanB = smooth.narrow(1, 1, 1), product = meanA * meanB;
        Tensor squareA = meanA * meanA, squareB = meanB * meanB;
        Tensor varianceA = smooth.narrow(1, 2, 1) - squareA, varianceB = smooth.narrow(1, 3, 1) - squareB;
        Tensor covariance = smooth.narrow(1, 4, 1) - product;
        Tensor top = product.Times(2).Plus(C1) * covariance.Times(2).Plus(C2);
        Tensor bottom = squareA.Plus(squareB).Plus(C1) * varianceA.Plus(varianceB).Plus(C2);
        return (top / bottom).mean().MoveToOuterDisposeScope();
    }

    // The weights of every window along an axis: a product of matrices is many times as fast as a convolution of one channel.
    private static float[,] Band(long size)
    {
        var band = new float[size - Window + 1, size];
        for (int row = 0; row <= size - Window; row++)
        {
            for (int i = 0; i < Window; i++)
                band[row, row + i] = Weights[i];
        }

        return band;
    }

    private static float[] MakeWeights()
    {
        double[] weights = [.. Enumerable.Range(-(Window / 2), Window).Select(i => Math.Exp(-0.5 * i * i / (Sigma * Sigma)))];
        return Array.ConvertAll(weights, w => (float)(w / weights.Sum()));
    }
}
