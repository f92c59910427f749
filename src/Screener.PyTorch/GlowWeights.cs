using Screener.Densities;
using Screener.Errors;

namespace Screener.PyTorch;

/// <summary>The names and shapes of the published marginal flow, and what each means here.</summary>
/// <remarks>
/// Names of a conditional flow are not in the public code. The order of the three steps, act-norm's (x + b) e^s, and the coupling's
/// (x + t) sigmoid(a + 2) agree; the coupling's network gives a before t there, t before a here.
/// </remarks>
internal static class GlowWeights
{
    private const int MostBlocks = 1024;

    /// <summary>The flow that the names and shapes tell of, and d.</summary>
    /// <exception cref="StateDictException">Names that tell it are missing.</exception>
    internal static (GlowDensityOptions Options, int FeatureChannels) Options(WeightPlan plan)
    {
        var options = new GlowDensityOptions { Blocks = plan.Parts("", MostBlocks), HiddenChannels = plan.Length("0.affine_coupling.mlp.0.weight", 0) };
        options.Validate();
        int d = plan.Length("0.inv_linear.weight", 0);
        OptionException.ThrowIfOutside("features", d, 2, 8192);
        return (options, d);
    }

    /// <summary>Plans the parameters of a <see cref="GlowDensity"/>.</summary>
    internal static void Plan(WeightPlan plan, GlowDensityOptions options, int d)
    {
        int kept = d / 2, changed = d - kept, hidden = options.HiddenChannels;
        for (int block = 0; block < options.Blocks; block++)
        {
            string ours = $"blocks.{block}", mlp = $"{block}.affine_coupling.mlp";
            plan.Take($"{ours}.shift", $"{block}.actnorm.loc", [d]);
            plan.Take($"{ours}.log_scale", $"{block}.actnorm.log_scale", [d]);
            plan.Need($"{block}.actnorm.initialized");
            plan.Take($"{ours}.mixing", $"{block}.inv_linear.weight", [d, d, 1, 1, 1], w => w.flatten(1));
            plan.Take($"{ours}.coupling1.weight", $"{mlp}.0.weight", [hidden, kept, 1, 1, 1], w => w.flatten(1));
            plan.Take($"{ours}.coupling1.bias", $"{mlp}.0.bias", [hidden]);
            plan.Take($"{ours}.coupling2.weight", $"{mlp}.2.weight", [hidden, hidden, 1, 1, 1], w => w.flatten(1));
            plan.Take($"{ours}.coupling2.bias", $"{mlp}.2.bias", [hidden]);
            plan.Take($"{ours}.coupling3.weight", $"{mlp}.4.weight", [2 * changed, hidden, 1, 1, 1], w => w.flatten(1).roll(changed, 0));
            plan.Take($"{ours}.coupling3.bias", $"{mlp}.4.bias", [2 * changed], b => b.roll(changed, 0));
        }
    }

    /// <summary>True if every act-norm has had its data-dependent start.</summary>
    internal static bool IsStarted(WeightPlan plan, GlowDensityOptions options) =>
        Enumerable.Range(0, options.Blocks).All(block => plan.Numbers($"{block}.actnorm.initialized")[0] != 0);
}
