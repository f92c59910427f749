using Screener.Conditions;
using Screener.Errors;
using Screener.Models;

namespace Screener.Training;

/// <summary>Makes the conditions that density heads ask for.</summary>
public static class ConditionFactory
{
    /// <summary>A condition per head, in order; heads of the same kind share one, so that its map is computed once.</summary>
    /// <exception cref="OptionException">A head needs a condition model and there is none.</exception>
    public static IReadOnlyList<Condition> CreateAll(DensityFittingOptions options, ConditionModel? model)
    {
        var byKind = new Dictionary<ConditionKind, Condition>();
        foreach (var head in options.Heads)
        {
            if (!byKind.ContainsKey(head.Condition))
                byKind[head.Condition] = Create(head.Condition, options, model);
        }

        return [.. options.Heads.Select(h => byKind[h.Condition])];
    }

    private static Condition Create(ConditionKind kind, DensityFittingOptions options, ConditionModel? model) => kind switch
    {
        ConditionKind.None => new NoCondition(),
        ConditionKind.SinCos => new SinCosCondition(options.SinCos),
        ConditionKind.MaskingInvariant => new MaskingInvariantCondition(
            model ?? throw new OptionException("condition model", "none", "a trained condition model", "Train one with 'screener pretrain condition', or leave masking-invariant out.")),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
