using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Group normalisation and SiLU in one, on a CPU: y = u / (1 + exp(-u)) with u = w (x - mean) / deviation + b.</summary>
/// <remarks>
/// Torch's own two go over a map nine times, forward and backward, and their backward pass takes ten times as long where channels lie
/// last. Arithmetic and statistics are float32 or better, whatever the type of the map; bits do not depend on the threads.
/// </remarks>
internal sealed unsafe class NormalizedActivation : autograd.SingleTensorFunction<NormalizedActivation>
{
    private const string Kept = "moments";

    // TorchSharp takes over what a backward pass returns after it has returned, and lets go of neither that nor what it passed.
    [ThreadStatic]
    private static Tensor[]? _returned;

    public override string Name => nameof(NormalizedActivation);

    /// <summary>[N, C, D, H, W], channels last, or rows [N, C], to the same shape, type and order; the caller owns it.</summary>
    /// <param name="x">float32 or bfloat16, on the CPU. Group statistics are taken over each of the N.</param>
    /// <param name="weight">[C], w.</param>
    /// <param name="bias">[C], b.</param>
    /// <param name="groups">Groups of neighbouring channels.</param>
    /// <param name="epsilon">Added to the variance under the root.</param>
    internal static Tensor Of(Tensor x, Tensor weight, Tensor bias, int groups, double epsilon)
    {
        using var scope = NewDisposeScope();
        Tensor input = Ordered(x), w = weight.to_type(ScalarType.Float32), b = bias.to_type(ScalarType.Float32);
        if (is_grad_enabled())
            return apply(input, w, b, groups, epsilon).MoveToOuterDisposeScope();
        Tensor output = empty_like(input);
        Forward(input, w, b, groups, epsilon, [], output);
        return output.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, bias, groups, epsilon) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (int)vars[3], (double)vars[4]);
        Tensor y = empty_like(x);
        var moments = new float[2 * x.shape[0] * groups];
        Forward(x, weight, bias, groups, epsilon, moments, y);
        ctx.save_for_backward([x, weight, bias]);
        ctx.save_data(Kept, moments);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        Release();
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var moments = (float[])ctx.get_data(Kept);
        Tensor x = saved[0], byX = empty_like(x), byWeight = empty_like(saved[1]), byBias = empty_like(saved[2]);
        Backward(x, Ordered(grad_output), saved[1], saved[2], moments, byX, byWeight, byBias);
        grad_output.Dispose();
        _returned = [byX.DetachFromDisposeScope(), byWeight.DetachFromDisposeScope(), byBias.DetachFromDisposeScope()];
        return [byX, byWeight, byBias, null!, null!];
    }

    /// <summary>Lets go of the tensors of this thread's last backward pass. The next one does so by itself.</summary>
    internal static void Release()
    {
        foreach (Tensor tensor in _returned ?? [])
            tensor.Dispose();
        _returned = null;
    }

    private static Tensor Ordered(Tensor x) => x.dim() == 5 ? ChannelsLast.Of(x) : x.contiguous();

    private static void Forward(Tensor x, Tensor weight, Tensor bias, int groups, double epsilon, float[] moments, Tensor y)
    {
        int samples = (int)x.shape[0], channels = (int)x.shape[1];
        long size = x.NumberOfElements / Math.Max(1, samples);
        nint from = TensorMemory.Address(x), to = TensorMemory.Address(y), bytes = (nint)(size * x.ElementSize);
        float[] w = weight.data<float>().ToArray(), b = bias.data<float>().ToArray();
        bool half = x.dtype == ScalarType.BFloat16;
        TensorMemory.Share(samples, x.NumberOfElements, (first, end) =>
        {
            for (int sample = first; sample < end; sample++)
            {
                var kept = moments.Length == 0 ? [] : moments.AsSpan(2 * sample * groups, 2 * groups);
                byte* source = (byte*)(from + (sample * bytes)), target = (byte*)(to + (sample * bytes));
                if (half)
                    NormalizedRows<BFloat16Lanes>.Forward(source, target, size, w, b, groups, epsilon, kept);
                else
                    NormalizedRows<Float32Lanes>.Forward(source, target, size, w, b, groups, epsilon, kept);
            }
        });
    }

    private static void Backward(
        Tensor x, Tensor slope, Tensor weight, Tensor bias, float[] moments, Tensor byX, Tensor byWeight, Tensor byBias)
    {
        int samples = (int)x.shape[0], channels = (int)x.shape[1], groups = moments.Length / 2 / Math.Max(1, samples);
        long size = x.NumberOfElements / Math.Max(1, samples);
        nint input = TensorMemory.Address(x), above = TensorMemory.Address(slope), result = TensorMemory.Address(byX);
        nint bytes = (nint)(size * x.ElementSize);
        float[] w = weight.data<float>().ToArray(), b = bias.data<float>().ToArray();
        bool half = x.dtype == ScalarType.BFloat16;

        // Parts of fixed length, so that sums do not depend on how many threads make them.
        int length = Math.Max(1, samples / 64), parts = (samples + length - 1) / length;
        var sums = new double[parts * 2 * channels];
        TensorMemory.Share(parts, x.NumberOfElements, (first, end) =>
        {
            for (int sample = first * length; sample < Math.Min(samples, end * length); sample++)
            {
                var kept = moments.AsSpan(2 * sample * groups, 2 * groups);
                var own = sums.AsSpan(sample / length * 2 * channels, 2 * channels);
                nint offset = sample * bytes;
                byte* source = (byte*)(input + offset), from = (byte*)(above + offset), to = (byte*)(result + offset);
                if (half)
                    NormalizedRows<BFloat16Lanes>.Backward(source, from, to, size, w, b, groups, kept, own);
                else
                    NormalizedRows<Float32Lanes>.Backward(source, from, to, size, w, b, groups, kept, own);
            }
        });
        var total = new double[2 * channels];
        for (int i = 0; i < sums.Length; i++)
            total[i % total.Length] += sums[i];
        float* toWeight = (float*)TensorMemory.Address(byWeight), toBias = (float*)TensorMemory.Address(byBias);
        for (int c = 0; c < channels; c++)
            (toWeight[c], toBias[c]) = ((float)total[c], (float)total[channels + c]);
    }
}
