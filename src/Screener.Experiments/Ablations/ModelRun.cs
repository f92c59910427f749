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
    : BesideRun(grid, AblationCell.OfModel(model.Name))
{
    /// <inheritdoc/>
    internal override PreprocessingOptions Preprocessing => preprocessing;

    /// <inheritdoc/>
    internal override long Bytes => (2L << 30) + new FileInfo(model.File).Length;

    /// <summary>Equal for equal maps, whatever file and method are called; known once inputs were required.</summary>
    internal object Identity { get; private set; } = new();

    /// <summary>A file that is not there, or has no such method, ends a run before its work.</summary>
    /// <inheritdoc/>
    internal override void RequireInputs(Func<PreprocessingOptions, AblationVolumes> volumes)
    {
        using var network = ScreenerModel.Load(model.File, compute);
        Identity = new { Content = ContentKey.OfFile(model.File), Method = MethodOf(network).Name, model.Overlap };
    }

    /// <inheritdoc/>
    internal override string PathOf(AblationVolumes volumes) => model.File;

    /// <summary>Nothing is trained; the file must still be there.</summary>
    /// <inheritdoc/>
    internal override void RequireNetwork(AblationVolumes volumes, TrainingRun training, CancellationToken cancellation)
    {
        if (!File.Exists(model.File))
            throw new MissingInputException(model.File, "nothing there", "a finished model", "Name its file, or put it back.");
    }

    /// <inheritdoc/>
    protected override object DependsOn(string network, AblationVolumes volumes) => new
    {
        arithmetic = ContentKey.Arithmetic,
        model = network,
        model.Method,
        model.Overlap,
        Grid.Seed,
        evaluation = Grid.Evaluation with { Threads = 0 },
        compute.Precision,
        volumes.TestKeys,
    };

    /// <inheritdoc/>
    protected override Opened Open(AblationVolumes volumes, ComputeOptions compute)
    {
        var network = ScreenerModel.Load(model.File, compute);
        try
        {
            var made = new FinishedModel(Path.GetFileName(model.File), model.Method, ContentKey.OfFile(model.File)!);
            return new Opened(MethodOf(network), network, result => result with { Finished = made });
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private AnomalyMethod MethodOf(ScreenerModel network)
    {
        if (!network.HasMethod(model.Method))
            throw new OptionException(
                $"model '{model.Name}'", $"the method '{model.Method}'", string.Join(" or ", network.MethodNames.Select(n => $"'{n}'")));
        var windows = model.Overlap is { } overlap ? SlidingWindowOptions.For(network) with { Overlap = overlap } : null;
        return network.Methods([model.Method], windows)[0];
    }
}
