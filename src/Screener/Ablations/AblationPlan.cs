using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Conditions;
using Screener.Errors;
using Screener.Inference;
using Screener.Preprocessing;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A cell with the options that its names stand for.</summary>
/// <param name="Cell">The names.</param>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Condition">The condition; null for a reader's own.</param>
/// <param name="Own">A reader's own condition; null for one of the grid.</param>
/// <param name="Fitting">How the density is fitted, seed included.</param>
internal sealed record PlannedCell(AblationCell Cell, AblationDescriptor Descriptor, AblationCondition? Condition, Condition? Own, DensityFittingOptions Fitting);

/// <summary>The cells of a grid, and the options behind its names.</summary>
internal static class AblationPlan
{
    /// <summary>The cells, those of one descriptor together.</summary>
    /// <param name="grid">A valid grid.</param>
    /// <param name="own">A reader's conditions; they stand beside the grid's, under their names.</param>
    /// <exception cref="OptionException">Two conditions have the same name.</exception>
    internal static IReadOnlyList<PlannedCell> Of(AblationGrid grid, IReadOnlyList<Condition> own)
    {
        var conditions = grid.Conditions.Select(c => (c.Name, Given: (AblationCondition?)c, Own: (Condition?)null)).Concat(own.Select(c => (c.Name, (AblationCondition?)null, (Condition?)c))).ToList();
        if (conditions.Select(c => c.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() != conditions.Count)
            throw new OptionException("conditions", string.Join(", ", conditions.Select(c => $"'{c.Name}'")), "a name of its own for each", "Rename your condition.");
        var cells = new List<PlannedCell>();
        for (int d = 0; d < grid.Descriptors.Count; d++)
        {
            foreach (ulong networkSeed in grid.NetworkSeeds)
            {
                for (int c = 0; c < conditions.Count; c++)
                {
                    for (int q = 0; q < grid.Densities.Count; q++)
                    {
                        int changed = (d > 0 ? 1 : 0) + (c > 0 ? 1 : 0) + (q > 0 ? 1 : 0);
                        if (grid.Design == AblationDesign.OneAtATime && changed > 1)
                            continue;
                        foreach (ulong densitySeed in grid.DensitySeeds)
                        {
                            var (descriptor, (name, given, mine), density) = (grid.Descriptors[d], conditions[c], grid.Densities[q]);
                            var fitting = FittingOf(grid, density, densitySeed, given);
                            cells.Add(new PlannedCell(new AblationCell(descriptor.Name, name, density.Name, networkSeed, densitySeed), descriptor, given, mine, fitting));
                        }
                    }
                }
            }
        }

        return cells;
    }

    /// <summary>How a descriptor is trained.</summary>
    internal static PretrainingOptions TrainingOf(AblationGrid grid, AblationDescriptor descriptor, ulong seed) =>
        Network($"descriptor '{descriptor.Name}'", (IsPaper(grid) ? PretrainingOptions.Paper : PretrainingOptions.Quick) with { Seed = seed }, descriptor.Options);

    /// <summary>How a condition's network is trained, on volumes prepared as the descriptor's; null for a condition without one.</summary>
    internal static PretrainingOptions? TrainingOf(AblationGrid grid, AblationCondition condition, PreprocessingOptions preprocessing, ulong seed)
    {
        var basis = (condition.Kind, IsPaper(grid)) switch
        {
            (ConditionKind.MaskingInvariant, false) => PretrainingOptions.QuickCondition,
            (ConditionKind.MaskingInvariant, true) => PretrainingOptions.PaperCondition,
            (ConditionKind.AnatomicalEmbedding, false) => PretrainingOptions.QuickEmbedding,
            (ConditionKind.AnatomicalEmbedding, true) => PretrainingOptions.PaperEmbedding,
            _ => null,
        };
        return basis is null ? null : Network($"condition '{condition.Name}'", basis with { Seed = seed, Preprocessing = preprocessing }, condition.Options);
    }

    /// <summary>How a density is fitted.</summary>
    internal static DensityFittingOptions FittingOf(AblationGrid grid, AblationDensity density, ulong seed, AblationCondition? condition = null)
    {
        var basis = (IsPaper(grid) ? DensityFittingOptions.Paper : DensityFittingOptions.Quick) with { Seed = seed, Heads = [new(condition?.Kind ?? ConditionKind.None, density.Kind)] };
        if (condition is { Kind: ConditionKind.SinCos })
            basis = basis with { SinCos = SinCosOf(condition) };
        string name = $"density '{density.Name}'";
        var options = Checked(name, basis, density.Options, o => o.Validate());
        if (options.Seed != seed || !options.Heads.SequenceEqual(basis.Heads))
            throw new OptionException(name, "a seed or heads in its options", "neither", "Name seeds in densitySeeds, and conditions in conditions.");
        if (grid.PositionsPerWindow is { } box)
        {
            OptionException.ThrowIfOutside("AblationGrid.PositionsPerWindow.Depth", box.Depth, 1, options.PatchShape.Depth / options.PoolKernel.Depth);
            OptionException.ThrowIfOutside("AblationGrid.PositionsPerWindow.Height", box.Height, 1, options.PatchShape.Height / options.PoolKernel.Height);
            OptionException.ThrowIfOutside("AblationGrid.PositionsPerWindow.Width", box.Width, 1, options.PatchShape.Width / options.PoolKernel.Width);
        }

        return options;
    }

    /// <summary>The windows of the evaluation; one at a time, because densities are fastest where a window's rows fit into the processor's cache.</summary>
    internal static SlidingWindowOptions WindowsOf(AblationGrid grid, DensityFittingOptions fitting) =>
        (IsPaper(grid) ? SlidingWindowOptions.Paper : SlidingWindowOptions.Quick) with { Window = fitting.PatchShape, Overlap = grid.Overlap, BatchSize = 1 };

    /// <summary>Checks a condition's options.</summary>
    internal static void Check(AblationGrid grid, AblationCondition condition)
    {
        switch (condition.Kind)
        {
            case ConditionKind.None:
                if (condition.Options is not null)
                    throw new OptionException($"condition '{condition.Name}'", "options", "none: it has nothing to set", "Leave them out.");
                break;
            case ConditionKind.SinCos:
                SinCosOf(condition);
                break;
            case ConditionKind.AnatomicalEmbedding or ConditionKind.MaskingInvariant:
                TrainingOf(grid, condition, IsPaper(grid) ? PreprocessingOptions.Paper : PreprocessingOptions.Quick, seed: 0);
                break;
            default:
                throw new OptionException($"condition '{condition.Name}'", $"kind {condition.Kind}", string.Join(", ", Enum.GetNames<ConditionKind>()));
        }
    }

    private static SinCosOptions SinCosOf(AblationCondition condition) => Checked($"condition '{condition.Name}'", SinCosOptions.Paper, condition.Options, o => o.Validate());

    private static PretrainingOptions Network(string name, PretrainingOptions basis, JsonObject? changes)
    {
        var options = Checked(name, basis, changes, o => o.Validate());
        if (options.Seed != basis.Seed || options.Stage != basis.Stage)
            throw new OptionException(name, options.Seed != basis.Seed ? "a seed in its options" : $"the options of {options.Stage}", $"options of {basis.Stage} without a seed", "Name seeds in networkSeeds, and the kind in kind.");
        return options;
    }

    private static bool IsPaper(AblationGrid grid) => grid.Profile == "paper";

    private static T Checked<T>(string subject, T basis, JsonObject? changes, Action<T> validate)
    {
        try
        {
            var options = changes is null ? basis : StoredJson.Over(basis, changes);
            validate(options);
            return options;
        }
        catch (JsonException e)
        {
            throw new OptionException(subject, e.Message.TrimEnd('.'), "names and values of options", "See 'screener pretrain --print-options' and 'screener fit --print-options'.", e);
        }
        catch (OptionException e)
        {
            throw new OptionException($"{subject}: {e.Subject}", e.Found, e.Expected, e.Remedy, e);
        }
    }
}
