using Screener.Baselines;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A baseline of a grid with one seed: trained once, and kept.</summary>
/// <param name="grid">The grid.</param>
/// <param name="plan">The baseline.</param>
/// <param name="folder">The grid's folder.</param>
/// <param name="precision">On which a result depends.</param>
internal sealed class BaselineRun(AblationGrid grid, PlannedBaseline plan, string folder, ComputePrecision precision)
    : BesideRun(grid, plan.Cell)
{
    // All label files are read to know it.
    private string? _path;

    /// <inheritdoc/>
    internal override PreprocessingOptions Preprocessing => plan.Options.Preprocessing;

    /// <summary>Labels that are missing end a run before its work.</summary>
    /// <inheritdoc/>
    internal override void RequireInputs(Func<PreprocessingOptions, AblationVolumes> volumes)
    {
        if (plan.Options is SupervisedOptions)
            PathOf(volumes(Preprocessing));
    }

    /// <summary>The file of its network; may have to be made.</summary>
    /// <exception cref="MissingInputException">It learns from organ labels, and a CT has none.</exception>
    internal override string PathOf(AblationVolumes volumes) => _path ??= AblationNetworks.PathOf(
        folder, plan.Cell.Descriptor, plan.Cell.NetworkSeed,
        new
        {
            baseline = plan.Options, volumes.TrainingKey,
            organs = plan.Options is SupervisedOptions ? OrganLabels.KeyOf(volumes.TrainingCohort) : null,
        });

    /// <inheritdoc/>
    internal override void RequireNetwork(AblationVolumes volumes, TrainingRun training, CancellationToken cancellation)
    {
        string path = PathOf(volumes);
        AblationNetworks.Require(
            path, training, BaselineFile.Read, t => BaselineTraining.Train(plan.Options, [volumes.Training], t, cancellation),
            (network, history) => BaselineFile.Write(path, network, history));
    }

    /// <inheritdoc/>
    protected override object DependsOn(string network, AblationVolumes volumes) => new
    {
        arithmetic = ContentKey.Arithmetic,
        baseline = network,
        Grid.Overlap,
        Grid.Seed,
        evaluation = Grid.Evaluation with { Threads = 0 },
        precision,
        volumes.TestKeys,
    };

    /// <inheritdoc/>
    protected override Opened Open(AblationVolumes volumes, ComputeOptions compute)
    {
        var network = BaselineFile.Read(PathOf(volumes));
        return new Opened(
            new BaselineMethod(network, plan.Cell.Name, Grid.Overlap), network, result => result with { Baseline = network.Options });
    }
}
