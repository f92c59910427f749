using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Baselines;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A cell with the options that its names stand for.</summary>
/// <param name="Cell">The names.</param>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Condition">The condition.</param>
/// <param name="Fitting">How the density is fitted, seed included.</param>
internal sealed record PlannedCell(
    AblationCell Cell, AblationDescriptor Descriptor, AblationCondition Condition, DensityFittingOptions Fitting)
{
    /// <summary>The density and what it is told.</summary>
    internal DensityHead Head => Fitting.Heads[0];
}

/// <summary>A baseline with the options that its name stands for.</summary>
/// <param name="Cell">The names.</param>
/// <param name="Options">How it is trained, seed included.</param>
internal sealed record PlannedBaseline(AblationCell Cell, BaselineOptions Options);

/// <summary>The cells of a grid, and the options behind its names.</summary>
internal static class AblationPlan
{
    /// <summary>All cells of a valid grid: combinations, baselines, finished models.</summary>
    internal static IReadOnlyList<AblationCell> Cells(AblationGrid grid) =>
        [
            .. Of(grid).Select(c => c.Cell), .. Baselines(grid).Select(b => b.Cell),
            .. grid.Models.Select(m => AblationCell.OfModel(m.Name))];

    /// <summary>The baselines of a valid grid.</summary>
    internal static IReadOnlyList<PlannedBaseline> Baselines(AblationGrid grid) =>
        [.. grid.Baselines.SelectMany(b => grid.NetworkSeeds.Select(
            seed => new PlannedBaseline(AblationCell.OfBaseline(b.Name, seed), BaselineOf(grid, b, seed))))];

    /// <summary>The models of a valid grid, those of one descriptor together.</summary>
    internal static IReadOnlyList<PlannedCell> Of(AblationGrid grid)
    {
        var cells = new List<PlannedCell>();
        for (int d = 0; d < grid.Descriptors.Count; d++)
        {
            foreach (ulong networkSeed in grid.NetworkSeeds)
            {
                for (int c = 0; c < grid.Conditions.Count; c++)
                {
                    for (int q = 0; q < grid.Densities.Count; q++)
                    {
                        int changed = (d > 0 ? 1 : 0) + (c > 0 ? 1 : 0) + (q > 0 ? 1 : 0);
                        if (grid.Design == AblationDesign.OneAtATime && changed > 1)
                            continue;
                        foreach (ulong densitySeed in grid.DensitySeeds)
                        {
                            var (descriptor, condition, density) = (grid.Descriptors[d], grid.Conditions[c], grid.Densities[q]);
                            cells.Add(
                                new PlannedCell(
                                    new AblationCell(descriptor.Name, condition.Name, density.Name, networkSeed, densitySeed), descriptor,
                                    condition, FittingOf(grid, density, densitySeed, condition)));
                        }
                    }
                }
            }
        }

        return cells;
    }

    /// <summary>How a descriptor is trained.</summary>
    internal static PretrainingOptions TrainingOf(AblationGrid grid, AblationDescriptor descriptor, ulong seed) =>
        Network($"descriptor '{descriptor.Name}'",
            PretrainingOptions.Of(DescriptorModel.StageName, IsPaper(grid)) with { Seed = seed }, descriptor.Options);

    /// <summary>How a condition's network is trained, on volumes prepared as the descriptor's; null for a condition without one.</summary>
    internal static PretrainingOptions? TrainingOf(
        AblationGrid grid, AblationCondition condition, PreprocessingOptions preprocessing, ulong seed)
    {
        if (condition.Kind.NetworkStage is not { } stage)
            return null;
        var basis = PretrainingOptions.Of(stage, IsPaper(grid)) with { Seed = seed, Preprocessing = preprocessing };
        return Network($"condition '{condition.Name}'", basis, condition.Options);
    }

    /// <summary>How a density is fitted.</summary>
    internal static DensityFittingOptions FittingOf(
        AblationGrid grid, AblationDensity density, ulong seed, AblationCondition? condition = null)
    {
        // No option set stands for the profile's. Without a condition, one in which every option shows.
        bool isPlain = Kinds<DensityOptions>.IsDefault(density.Kind);
        var family = isPlain && !IsPaper(grid) ? density.Kind.Small : density.Kind;
        var basis = (IsPaper(grid) ? DensityFittingOptions.Paper : DensityFittingOptions.Quick) with
        {
            Seed = seed, Heads = [new(condition is null ? new SinCosCondition() : ConditionOf(condition), family)],
        };
        string name = $"density '{density.Name}'";
        var options = Checked(name, basis, density.Options, o => o.Validate());
        if (options.Seed != seed || !options.Heads.Select(h => h.Name).SequenceEqual(basis.Heads.Select(h => h.Name)))
            throw new OptionException(
                name, "a seed or heads in its options", "neither", "Name seeds in densitySeeds, and conditions in conditions.");
        if (grid.PositionsPerWindow is { } box)
        {
            OptionException.ThrowIfOutside(
                "AblationGrid.PositionsPerWindow.Depth", box.Depth, 1, options.PatchShape.Depth / options.PoolKernel.Depth);
            OptionException.ThrowIfOutside(
                "AblationGrid.PositionsPerWindow.Height", box.Height, 1, options.PatchShape.Height / options.PoolKernel.Height);
            OptionException.ThrowIfOutside(
                "AblationGrid.PositionsPerWindow.Width", box.Width, 1, options.PatchShape.Width / options.PoolKernel.Width);
        }

        return options;
    }

    /// <summary>How a baseline is trained.</summary>
    internal static BaselineOptions BaselineOf(AblationGrid grid, AblationBaseline baseline, ulong seed)
    {
        string name = $"baseline '{baseline.Name}'";
        if (baseline.Kind is IUnknownKind)
            Kinds<BaselineOptions>.Named(baseline.Kind.Name, name);
        var basis = !IsPaper(grid) && Kinds<BaselineOptions>.IsDefault(baseline.Kind) ? baseline.Kind.Small : baseline.Kind;
        var options = Checked(
            name, () => baseline.Options is { } changes ? Kinds<BaselineOptions>.Over(basis, changes) : basis,
            Kinds<BaselineOptions>.Validate);
        return options.Seed == 0
            ? options with { Seed = seed }
            : throw new OptionException(name, "a seed in its options", "none", "Name seeds in networkSeeds.");
    }

    /// <summary>
    /// The windows of the evaluation; one at a time, because densities are fastest where a window's rows fit into the processor's cache.
    /// </summary>
    internal static SlidingWindowOptions WindowsOf(AblationGrid grid, DensityFittingOptions fitting) =>
        (IsPaper(grid) ? SlidingWindowOptions.Paper : SlidingWindowOptions.Quick) with
        {
            Window = fitting.PatchShape, Overlap = grid.Overlap, BatchSize = 1,
        };

    /// <summary>Checks a condition's options.</summary>
    internal static void Check(AblationGrid grid, AblationCondition condition)
    {
        Kinds<Condition>.Validate(ConditionOf(condition));
        TrainingOf(grid, condition, IsPaper(grid) ? PreprocessingOptions.Paper : PreprocessingOptions.Quick, seed: 0);
    }

    // The options of one that asks a network are the network's.
    private static Condition ConditionOf(AblationCondition condition) =>
        condition.Kind.NetworkStage is not null || condition.Options is not { } changes
            ? condition.Kind
            : Checked($"condition '{condition.Name}'", () => Kinds<Condition>.Over(condition.Kind, changes), o => o.Validate());

    private static PretrainingOptions Network(string name, PretrainingOptions basis, JsonObject? changes)
    {
        var options = Checked(name, basis, changes, o => o.Validate());
        if (options.Seed != basis.Seed || options.Stage != basis.Stage)
            throw new OptionException(
                name, options.Seed != basis.Seed ? "a seed in its options" : $"the options of {options.Stage}",
                $"options of {basis.Stage} without a seed", "Name seeds in networkSeeds, and the kind in kind.");
        return options;
    }

    private static bool IsPaper(AblationGrid grid) => grid.Profile == "paper";

    private static T Checked<T>(string subject, T basis, JsonObject? changes, Action<T> validate) =>
        Checked(subject, () => changes is null ? basis : StoredJson.Over(basis, changes), validate);

    private static T Checked<T>(string subject, Func<T> make, Action<T> validate)
    {
        try
        {
            var options = make();
            validate(options);
            return options;
        }
        catch (JsonException e)
        {
            throw new OptionException(
                subject, e.Message.TrimEnd('.'), "names and values of options",
                "See 'screener pretrain --print-options' and 'screener fit --print-options'.", e);
        }
        catch (OptionException e)
        {
            throw new OptionException($"{subject}: {e.Subject}", e.Found, e.Expected, e.Remedy, e);
        }
    }
}
