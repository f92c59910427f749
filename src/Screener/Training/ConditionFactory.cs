using Screener.Conditions;
using Screener.Errors;

namespace Screener.Training;

/// <summary>Makes the conditions that density heads ask for.</summary>
public static class ConditionFactory
{
    /// <summary>A condition per head, in order; heads of the same kind share one, so that its map is computed once.</summary>
    /// <exception cref="OptionException">A head needs a network and there is none.</exception>
    public static IReadOnlyList<Condition> CreateAll(DensityFittingOptions options, ConditionNetworks networks)
    {
        var byKind = new Dictionary<ConditionKind, Condition>();
        foreach (var head in options.Heads)
        {
            if (!byKind.ContainsKey(head.Condition))
                byKind[head.Condition] = Create(head.Condition, options, networks);
        }

        return [.. options.Heads.Select(h => byKind[h.Condition])];
    }

    private static Condition Create(ConditionKind kind, DensityFittingOptions options, ConditionNetworks networks) => kind switch
    {
        ConditionKind.None => new NoCondition(),
        ConditionKind.SinCos => new SinCosCondition(options.SinCos),
        ConditionKind.AnatomicalEmbedding => new AnatomicalEmbeddingCondition(networks.RequiredEmbedding, options.SinCos),
        ConditionKind.MaskingInvariant => new MaskingInvariantCondition(networks.RequiredMaskingInvariant),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
