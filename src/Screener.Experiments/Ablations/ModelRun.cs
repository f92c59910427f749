using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Ablations;

/// <summary>A finished model beside a grid's combinations.</summary>
/// <param name="grid">The grid.</param>
/// <param name="model">The model.</param>
/// <param name="preprocessing">Of the grid's first descriptor, whose volumes stand.</param>
/// <param name="compute">Device and precision.</param>
internal sealed class ModelRun(AblationGrid grid, AblationModel model, PreprocessingOptions preprocessing, ComputeOptions compute)
    : BesideRun(grid, AblationCell.OfModel(model.Name), compute.Precision)
{
    /// <inheritdoc/>
    internal override PreprocessingOptions Preprocessing => preprocessing;

    /// <inheritdoc/>
    protected override string? MethodKey => model.Method;

    /// <inheritdoc/>
    internal override void RequireInputs(Func<PreprocessingOptions, AblationVolumes> volumes)
    {
        using var network = ScreenerModel.Load(model.File, compute);
        MethodOf(network);
    }

    /// <inheritdoc/>
    internal override string PathOf(AblationVolumes volumes) => model.File;

    /// <summary>Nothing: it is finished.</summary>
    /// <inheritdoc/>
    internal override void RequireNetwork(AblationVolumes volumes, TrainingRun training, CancellationToken cancellation)
    {
    }

    /// <inheritdoc/>
    protected override Opened Open(AblationVolumes volumes, ComputeOptions compute)
    {
        var network = ScreenerModel.Load(model.File, compute);
        var made = new FinishedModel(Path.GetFileName(model.File), model.Method, ContentKey.OfFile(model.File)!);
        return new Opened(MethodOf(network), network, result => result with { Finished = made });
    }

    private AnomalyMethod MethodOf(ScreenerModel network) => network.HasMethod(model.Method)
        ? network.Methods([model.Method], SlidingWindowOptions.For(network) with { Overlap = Grid.Overlap })[0]
        : throw new OptionException(
            $"model '{model.Name}'", $"the method '{model.Method}'", string.Join(" or ", network.MethodNames.Select(n => $"'{n}'")));
}
