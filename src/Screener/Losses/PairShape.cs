using Screener.Errors;
using static TorchSharp.torch;

namespace Screener.Losses;

internal static class PairShape
{
    internal static void Check(Tensor z1, Tensor z2, int minimumPairs)
    {
        ArgumentNullException.ThrowIfNull(z1);
        ArgumentNullException.ThrowIfNull(z2);
        if (z1.shape.Length != 2 || !z1.shape.AsSpan().SequenceEqual(z2.shape) || z1.shape[0] < minimumPairs)
        {
            throw new OptionException(
                "positive pairs",
                $"shapes [{string.Join(", ", z1.shape)}] and [{string.Join(", ", z2.shape)}]",
                $"two tensors of the same shape [N, h] with at least {minimumPairs} pairs",
                "Pass the projections of the same positions in both views.");
        }

        if (z1.dtype != ScalarType.Float32 || z2.dtype != ScalarType.Float32)
            throw new OptionException(
                "positive pairs", $"types {z1.dtype} and {z2.dtype}", "Float32", "Cast the projections; losses are always float32.");
    }
}
