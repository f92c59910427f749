using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Models;

/// <summary>The arithmetic of <see cref="NormalizedActivation"/> on one sample: rows of channels, one row per voxel.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
internal static unsafe class NormalizedRows<T>
    where T : ILanes
{
    // Rows whose float32 sums are added up before they go to a float64 one.
    private const int Block = 256;

    private static readonly int Step = 2 * Vector<float>.Count, Half = Vector<float>.Count;

    /// <summary>Normalises and activates; keeps each group's mean and 1 / deviation, if there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Forward(byte* x, byte* y, long size, float[] weight, float[] bias, int groups, double epsilon, Span<float> kept)
    {
        int channels = weight.Length, period = Period(channels, size);
        if (IsRow(size, channels, groups))
        {
            ForwardRow(x, y, weight, bias, groups, epsilon, kept);
            return;
        }

        Span<float> mean = stackalloc float[groups], inverse = stackalloc float[groups];
        Moments(x, size, channels, period, groups, epsilon, mean, inverse);
        var lanes = new float[2 * period];
        for (int i = 0; i < period; i++)
        {
            int c = i % channels, g = Group(c, channels, groups);
            lanes[i] = weight[c] * inverse[g];
            lanes[period + i] = bias[c] - (lanes[i] * mean[g]);
        }

        long whole = size / Step * Step, at = 0;
        fixed (float* scale = lanes)
        {
            float* shift = scale + period;
            while (at < whole)
            {
                for (int i = 0; i < period && at < whole; i += Step, at += Step)
                {
                    var (first, second) = T.Load(x, at);
                    first = Fma(first, Vector.Load(scale + i), Vector.Load(shift + i));
                    second = Fma(second, Vector.Load(scale + i + Half), Vector.Load(shift + i + Half));
                    T.Store(y, at, first * Sigmoid(first), second * Sigmoid(second));
                }
            }

            for (; at < size; at++)
            {
                float u = MathF.FusedMultiplyAdd(T.Get(x, at), scale[at % period], shift[at % period]);
                T.Set(y, at, u * Sigmoid(u));
            }
        }

        for (int g = 0; g < groups && kept.Length > 0; g++)
            (kept[2 * g], kept[(2 * g) + 1]) = (mean[g], inverse[g]);
    }

    /// <summary>The derivative by x; those by weight and bias are added to <paramref name="sums"/>.</summary>
    /// <remarks>With n = (x - mean) / deviation and v = w dy silu'(w n + b): dx = (v - mean of v - n * mean of v n) / deviation.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Backward(
        byte* x, byte* slope, byte* result, long size, float[] weight, float[] bias, int groups,
        ReadOnlySpan<float> kept, Span<double> sums)
    {
        int channels = weight.Length, period = Period(channels, size);
        if (IsRow(size, channels, groups))
        {
            BackwardRow(x, slope, result, weight, bias, groups, kept, sums);
            return;
        }

        var lanes = new float[4 * period];
        for (int i = 0; i < period; i++)
        {
            int c = i % channels, g = Group(c, channels, groups);
            lanes[i] = kept[(2 * g) + 1];
            lanes[period + i] = -kept[2 * g] * kept[(2 * g) + 1];
            lanes[(2 * period) + i] = weight[c];
            lanes[(3 * period) + i] = bias[c];
        }

        // Sums of dy silu' and of its product with n, per lane.
        var totals = new double[2 * period];
        fixed (float* inverse = lanes)
            Slopes(x, slope, result, size, period, inverse, totals);
        Span<double> ofGroup = stackalloc double[2 * groups];
        ofGroup.Clear();
        for (int i = 0; i < period; i++)
        {
            int c = i % channels, g = Group(c, channels, groups);
            sums[c] += totals[period + i];
            sums[channels + c] += totals[i];
            ofGroup[2 * g] += weight[c] * totals[i];
            ofGroup[(2 * g) + 1] += weight[c] * totals[period + i];
        }

        double count = (double)size / groups;
        for (int i = 0; i < period; i++)
        {
            int c = i % channels, g = Group(c, channels, groups);
            double inverse = kept[(2 * g) + 1], along = inverse * inverse * ofGroup[(2 * g) + 1] / count;
            lanes[i] = (float)(weight[c] * inverse);
            lanes[period + i] = (float)-along;
            lanes[(2 * period) + i] = (float)((along * kept[2 * g]) - (inverse * ofGroup[2 * g] / count));
        }

        long whole = size / Step * Step, at = 0;
        fixed (float* own = lanes)
        {
            float* along = own + period, level = along + period;
            while (at < whole)
            {
                for (int i = 0; i < period && at < whole; i += Step, at += Step)
                {
                    var (x0, x1) = T.Load(x, at);
                    var (g0, g1) = T.Load(result, at);
                    g0 = Fma(g0, Vector.Load(own + i), Vector.Load(level + i));
                    g1 = Fma(g1, Vector.Load(own + i + Half), Vector.Load(level + i + Half));
                    T.Store(result, at, Fma(x0, Vector.Load(along + i), g0), Fma(x1, Vector.Load(along + i + Half), g1));
                }
            }

            for (; at < size; at++)
            {
                long i = at % period;
                float g = MathF.FusedMultiplyAdd(T.Get(result, at), own[i], level[i]);
                T.Set(result, at, MathF.FusedMultiplyAdd(T.Get(x, at), along[i], g));
            }
        }
    }

    // One row, of groups that fill whole vectors, needs no sums over voxels.
    private static bool IsRow(long size, int channels, int groups) => size == channels && channels / groups % Step == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRow(byte* x, byte* y, float[] weight, float[] bias, int groups, double epsilon, Span<float> kept)
    {
        int width = weight.Length / groups;
        fixed (float* w = weight, b = bias)
        {
            for (int g = 0; g < groups; g++)
            {
                int from = g * width, end = from + width;
                var sum = Vector<float>.Zero;
                for (int i = from; i < end; i += Step)
                {
                    var (first, second) = T.Load(x, i);
                    sum += first + second;
                }

                float mean = Vector.Sum(sum) / width;
                var (middle, squares) = (new Vector<float>(mean), Vector<float>.Zero);
                for (int i = from; i < end; i += Step)
                {
                    var (first, second) = T.Load(x, i);
                    (first, second) = (first - middle, second - middle);
                    squares = Fma(first, first, Fma(second, second, squares));
                }

                float inverse = (float)(1 / Math.Sqrt((Vector.Sum(squares) / width) + epsilon));
                var (scale, shift) = (new Vector<float>(inverse), new Vector<float>(-mean * inverse));
                for (int i = from; i < end; i += Step)
                {
                    var (first, second) = T.Load(x, i);
                    first = Fma(Fma(first, scale, shift), Vector.Load(w + i), Vector.Load(b + i));
                    second = Fma(Fma(second, scale, shift), Vector.Load(w + i + Half), Vector.Load(b + i + Half));
                    T.Store(y, i, first * Sigmoid(first), second * Sigmoid(second));
                }

                if (kept.Length > 0)
                    (kept[2 * g], kept[(2 * g) + 1]) = (mean, inverse);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRow(
        byte* x, byte* slope, byte* result, float[] weight, float[] bias, int groups, ReadOnlySpan<float> kept, Span<double> sums)
    {
        int channels = weight.Length, width = channels / groups;
        fixed (float* w = weight, b = bias)
        fixed (double* byWeight = sums)
        {
            for (int g = 0; g < groups; g++)
            {
                int from = g * width, end = from + width;
                var (scale, shift) = (new Vector<float>(kept[(2 * g) + 1]), new Vector<float>(-kept[2 * g] * kept[(2 * g) + 1]));
                Vector<float> sum = Vector<float>.Zero, product = Vector<float>.Zero;
                for (int i = from; i < end; i += Step)
                {
                    var (n0, n1) = T.Load(x, i);
                    var (g0, g1) = T.Load(slope, i);
                    (n0, n1) = (Fma(n0, scale, shift), Fma(n1, scale, shift));
                    g0 *= SigmoidSlope(Fma(n0, Vector.Load(w + i), Vector.Load(b + i)));
                    g1 *= SigmoidSlope(Fma(n1, Vector.Load(w + i + Half), Vector.Load(b + i + Half)));
                    Add(byWeight + i, g0 * n0);
                    Add(byWeight + i + Half, g1 * n1);
                    Add(byWeight + channels + i, g0);
                    Add(byWeight + channels + i + Half, g1);
                    (g0, g1) = (g0 * Vector.Load(w + i), g1 * Vector.Load(w + i + Half));
                    T.Store(result, i, g0, g1);
                    sum += g0 + g1;
                    product = Fma(g0, n0, Fma(g1, n1, product));
                }

                var (level, along) = (new Vector<float>(Vector.Sum(sum) / width), new Vector<float>(-Vector.Sum(product) / width));
                for (int i = from; i < end; i += Step)
                {
                    var (n0, n1) = T.Load(x, i);
                    var (g0, g1) = T.Load(result, i);
                    (n0, n1) = (Fma(n0, scale, shift), Fma(n1, scale, shift));
                    T.Store(result, i, Fma(n0, along, g0 - level) * scale, Fma(n1, along, g1 - level) * scale);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* to, Vector<float> values)
    {
        Vector.Widen(values, out var low, out var high);
        Vector.Store(Vector.Load(to) + low, to);
        Vector.Store(Vector.Load(to + Vector<double>.Count) + high, to + Vector<double>.Count);
    }

    // result = dy silu'(w n + b), and the sums of it and of its product with n.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slopes(byte* x, byte* slope, byte* result, long size, int period, float* inverse, double[] totals)
    {
        float* offset = inverse + period, weight = offset + period, bias = weight + period;
        long whole = size / Step * Step, at = 0;
        var block = new float[2 * period];
        fixed (float* sum = block)
        {
            float* product = sum + period;
            while (at < whole)
            {
                Array.Clear(block);
                for (int row = 0; row < Block && at < whole; row++)
                {
                    for (int i = 0; i < period && at < whole; i += Step, at += Step)
                    {
                        var (n0, n1) = T.Load(x, at);
                        var (g0, g1) = T.Load(slope, at);
                        n0 = Fma(n0, Vector.Load(inverse + i), Vector.Load(offset + i));
                        n1 = Fma(n1, Vector.Load(inverse + i + Half), Vector.Load(offset + i + Half));
                        g0 *= SigmoidSlope(Fma(n0, Vector.Load(weight + i), Vector.Load(bias + i)));
                        g1 *= SigmoidSlope(Fma(n1, Vector.Load(weight + i + Half), Vector.Load(bias + i + Half)));
                        T.Store(result, at, g0, g1);
                        Vector.Store(Vector.Load(sum + i) + g0, sum + i);
                        Vector.Store(Vector.Load(sum + i + Half) + g1, sum + i + Half);
                        Vector.Store(Fma(g0, n0, Vector.Load(product + i)), product + i);
                        Vector.Store(Fma(g1, n1, Vector.Load(product + i + Half)), product + i + Half);
                    }
                }

                for (int i = 0; i < block.Length; i++)
                    totals[i] += block[i];
            }

            for (; at < size; at++)
            {
                long i = at % period;
                float n = MathF.FusedMultiplyAdd(T.Get(x, at), inverse[i], offset[i]), u = MathF.FusedMultiplyAdd(n, weight[i], bias[i]);
                float sigmoid = Sigmoid(u), g = T.Get(slope, at) * sigmoid * (1 + (u * (1 - sigmoid)));
                T.Set(result, at, g);
                totals[i] += g;
                totals[period + i] += g * n;
            }
        }
    }

    // Sums of x - K and of its square, K the channel's first value: squares of large numbers would cancel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments(
        byte* x, long size, int channels, int period, int groups, double epsilon, Span<float> mean, Span<float> inverse)
    {
        long whole = size / Step * Step, at = 0;
        var block = new float[3 * period];
        var totals = new double[2 * period];
        fixed (float* sum = block)
        {
            float* square = sum + period, origin = square + period;
            for (int i = 0; i < period; i++)
                origin[i] = T.Get(x, i % channels);
            while (at < whole)
            {
                block.AsSpan(0, 2 * period).Clear();
                for (int row = 0; row < Block && at < whole; row++)
                {
                    for (int i = 0; i < period && at < whole; i += Step, at += Step)
                    {
                        var (first, second) = T.Load(x, at);
                        first -= Vector.Load(origin + i);
                        second -= Vector.Load(origin + i + Half);
                        Vector.Store(Vector.Load(sum + i) + first, sum + i);
                        Vector.Store(Vector.Load(sum + i + Half) + second, sum + i + Half);
                        Vector.Store(Fma(first, first, Vector.Load(square + i)), square + i);
                        Vector.Store(Fma(second, second, Vector.Load(square + i + Half)), square + i + Half);
                    }
                }

                for (int i = 0; i < totals.Length; i++)
                    totals[i] += block[i];
            }

            for (; at < size; at++)
            {
                long i = at % period;
                double value = T.Get(x, at) - origin[i];
                totals[i] += value;
                totals[period + i] += value * value;
            }

            for (int i = channels; i < period; i++)
            {
                totals[i % channels] += totals[i];
                totals[period + (i % channels)] += totals[period + i];
            }

            // Of channels to those of their group.
            double voxels = (double)size / channels;
            int width = channels / groups;
            for (int g = 0; g < groups; g++)
            {
                double middle = 0, spread = 0;
                for (int c = g * width; c < (g + 1) * width; c++)
                    middle += (origin[c] + (totals[c] / voxels)) / width;
                for (int c = g * width; c < (g + 1) * width; c++)
                {
                    double within = totals[period + c] - (totals[c] * totals[c] / voxels);
                    double apart = origin[c] + (totals[c] / voxels) - middle;
                    spread += ((within / voxels) + (apart * apart)) / width;
                }

                mean[g] = (float)middle;
                inverse[g] = (float)(1 / Math.Sqrt(spread + epsilon));
            }
        }
    }

    private static int Group(int channel, int channels, int groups) => channel / (channels / groups);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Fma(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.FusedMultiplyAdd(a, b, c);

    // The channels repeated until they fill whole steps.
    private static int Period(int channels, long size)
    {
        int period = channels;
        while (period % Step != 0 && period < size)
            period += channels;
        return (period + Step - 1) / Step * Step;
    }

    private static float Sigmoid(float u) => 1 / (1 + MathF.Exp(-u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sigmoid(Vector<float> u) => Vector<float>.One / (Vector<float>.One + Exp(-u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> SigmoidSlope(Vector<float> u)
    {
        var sigmoid = Sigmoid(u);
        return sigmoid * Fma(u, Vector<float>.One - sigmoid, Vector<float>.One);
    }

    // 2^k exp(r) with |r| <= ln 2 / 2, within 2 ulp; .NET's own goes through float64 and takes five times as long.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        x = Vector.MinNative(Vector.MaxNative(x, new Vector<float>(-87f)), new Vector<float>(88f));
        var shifted = Fma(x, new Vector<float>(1.44269504f), new Vector<float>(12582912f));
        var k = shifted - new Vector<float>(12582912f);
        var r = Fma(k, new Vector<float>(2.12194440e-4f), Fma(k, new Vector<float>(-0.693359375f), x));
        var p = Fma(new Vector<float>(1.9875691500e-4f), r, new Vector<float>(1.3981999507e-3f));
        p = Fma(p, r, new Vector<float>(8.3334519073e-3f));
        p = Fma(p, r, new Vector<float>(4.1665795894e-2f));
        p = Fma(p, r, new Vector<float>(1.6666665459e-1f));
        p = Fma(p, r, new Vector<float>(5.0000001201e-1f));
        p = Fma(p, r * r, r + Vector<float>.One);
        return Vector.AsVectorSingle(Vector.AsVectorInt32(p) + Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23));
    }
}
