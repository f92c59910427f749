using Screener.Conditions;
using Screener.Densities;

namespace Screener.Training;

/// <summary>One density to fit: what on, and of which family.</summary>
/// <param name="Condition">The condition; its network is none of its options.</param>
/// <param name="Density">The family.</param>
public sealed record DensityHead(Condition Condition, DensityOptions Density)
{
    /// <summary>The name that command line, files and reports use: "masking-invariant + gaussian".</summary>
    public string Name => $"{Condition.Name} + {Density.Name}";
}
