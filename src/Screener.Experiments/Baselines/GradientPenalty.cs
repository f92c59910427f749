using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>(|slope| - 1)^2 of a critic at crops between real and generated ones (Gulrajani 2017, arXiv 1704.00028).</summary>
internal static class GradientPenalty
{
    /// <summary>The mean over crops, a scalar whose gradients reach the critic's weights.</summary>
    /// <param name="critic">Crops to a number each; its gradients must have gradients.</param>
    /// <param name="crops">[N, ...]; a copy without a history is taken.</param>
    internal static Tensor Of(Func<Tensor, Tensor> critic, Tensor crops)
    {
        var x = crops.detach().requires_grad_(true);
        var slope = autograd.grad([critic(x).sum()], [x], retain_graph: true, create_graph: true)[0];
        return slope.flatten(1).Squared().sum(1).Plus(1e-12).sqrt().Minus(1).Squared().mean();
    }
}
