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
    // The file's content when the run began.
    private string? _content;

    /// <inheritdoc/>
    internal override PreprocessingOptions Preprocessing => preprocessing;

    /// <inheritdoc/>
    internal override long Bytes => (2L << 30) + new FileInfo(model.File).Length;

    /// <summary>A file that is not there, or has no such method, ends a run before its work.</summary>
    /// <inheritdoc/>
    internal override void RequireInputs(Func<PreprocessingOptions, AblationVolumes> volumes)
    {
        using var network = ScreenerModel.Load(model.File, compute);
        MethodOf(network);
    }

    /// <summary>Checks that no two are one result under two names.</summary>
    /// <exception cref="OptionException">Two are.</exception>
    internal static void RequireDifferent(IEnumerable<ModelRun> models)
    {
        if (models.GroupBy(m => m.Content()).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new OptionException(
                "AblationGrid.Models", $"{string.Join(" and ", same.Select(m => $"'{m.Cell.Name}'"))}, which are the same",
                "models that differ", "Leave one out.");
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
        model = _content = network,
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
            if (ContentKey.OfFile(model.File) is not { } content || content != _content)
                throw new MissingInputException(
                    model.File, "another file than when the run began", "the same until its end", "Run the grid again.");
            var made = new FinishedModel(Path.GetFileName(model.File), model.Method, content);
            return new Opened(MethodOf(network), network, result => result with { Finished = made });
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private (string? Content, string Method, double? Overlap) Content()
    {
        using var network = ScreenerModel.Load(model.File, compute);
        return (ContentKey.OfFile(model.File), MethodOf(network).Name, model.Overlap);
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
