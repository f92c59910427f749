using System.Text.Json;
using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Distillation;

/// <summary>Teaches one network a model's calibrated map, by the loop that trains every network.</summary>
public static class DistillationTraining
{
    /// <summary>Trains from <see cref="Ensemble.Finest"/> on, or from the checkpoint on.</summary>
    /// <param name="options">How.</param>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="volumes">What <see cref="TaughtVolume.Of"/> made of unlabelled CTs.</param>
    /// <param name="run">Device, threads, checkpoint, progress.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>The network, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="ScreenerException">Options, volumes, device or checkpoint are wrong.</exception>
    public static LesionNetwork Train(
        DistillationOptions options, ScreenerModel model, IReadOnlyList<TaughtVolume> volumes, TrainingRun run,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        options.Validate();
        run.Validate();
        var first = TaughtVolume.EnsembleOf(model).Finest;
        if (volumes.Count == 0)
            throw new OptionException(nameof(volumes), "none", "at least one", "Name the CTs to learn from.");
        var device = run.Compute.Apply();
        var network = new LesionNetwork(first.Options, new RandomStream(0)) { Precision = run.Compute.Precision };
        network.CopyFrom(first);
        return TrainingLoop.Train(
            network, made => new DistillationTask(options, volumes, made), options.Optimisation, run, DistilledMethod.MethodName,
            $"{volumes.Count} volumes", device, cancellation);
    }

    /// <summary>Draws scores of the network from the CTs, and says how rare each is in them.</summary>
    /// <param name="options">How many voxels.</param>
    /// <param name="model">The model that was distilled.</param>
    /// <param name="network">What was learnt; the result owns it from here on.</param>
    /// <param name="scans">The CTs, each read when it is needed, with an identifier.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Distilled Calibrate(
        DistillationOptions options, ScreenerModel model, LesionNetwork network, IEnumerable<(string Id, PatientScan Scan)> scans,
        ComputeOptions compute, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(scans);
        ArgumentNullException.ThrowIfNull(compute);
        network.MoveTo(compute.Apply(), compute.Precision);
        double leastSpacing = TaughtVolume.EnsembleOf(model).Options.LeastSpacing;
        var method = new LesionMethod([network], options.Overlap);
        var scores = new List<float>();
        foreach (var (id, scan) in scans)
        {
            var coarse = scan.NoFinerThan(leastSpacing, cancellation);
            var random = new RandomStream(options.Seed).Fork("distilled tails").Fork(id);
            int[] drawn = EnsembleCalibration.Draw(coarse, options.VoxelsPerCt, random);
            float[] map = method.Map(coarse, null, cancellation).Voxels;
            scores.AddRange(drawn.Select(voxel => map[voxel]));
        }

        return new Distilled(network, TailTable.Of([.. scores]), options.Overlap);
    }
}

/// <summary>Batches and loss of the distillation.</summary>
internal sealed class DistillationTask : ITrainingTask<TargetCrops>
{
    private readonly DistillationOptions _options;
    private readonly LesionNetwork _network;
    private readonly StretchedCrops _images;
    private readonly StretchedCrops _tails;
    private readonly RandomStream _random;
    private readonly IReadOnlyList<Parameter> _traced;
    private readonly double _mean, _scale;

    internal DistillationTask(DistillationOptions options, IReadOnlyList<TaughtVolume> volumes, LesionNetwork network)
    {
        (_options, _network) = (options, network);
        PreparedVolume[] images = [.. volumes.Select(v => v.Image)], maps = [.. volumes.Select(v => v.Map)];
        _images = new StretchedCrops([images], network.Options.CropShape, options.MaxStretch);
        _tails = new StretchedCrops([maps], network.Options.CropShape, options.MaxStretch, 0, (float)options.MostTail);
        _random = new RandomStream(options.Seed).Fork("distilled batches");
        _traced = [.. network.parameters()];
        (_mean, _scale) = Unit();
        Inputs = StoredJson.Write(new[] { TrainingInputs.Of(options, images, network), TrainingInputs.Of(options, maps) });
    }

    public string Stage => DistilledMethod.MethodName;

    public JsonElement Inputs { get; }

    public IReadOnlyList<(string Name, nn.Module Module)> Parts => [("model", _network)];

    public TargetCrops MakeBatch(long step, CancellationToken cancellation)
    {
        var random = _random.Fork((ulong)step);
        var batch = TargetCrops.Empty(_options.CropsPerStep, _network.Options.CropShape);
        for (int crop = 0; crop < _options.CropsPerStep; crop++)
        {
            cancellation.ThrowIfCancellationRequested();

            // Equal streams cut the same place out of both.
            batch.Set(crop, _images.Cut(random.Fork((ulong)crop)), _tails.Cut(random.Fork((ulong)crop)));
        }

        return batch;
    }

    public StepLoss Loss(TargetCrops batch, long step, Device device)
    {
        var (images, tails) = Tensors(batch, device);
        var shares = BatchShares.Trace(
            _options.CropsPerStep, device, _traced, (first, count) => _network.ForwardFinest(images.narrow(0, first, count)));
        var said = shares.Output.Plus(-_mean).Times(1 / _scale);
        var squared = ((said - tails).Squared() * tails.Times(_options.RareWeight).Plus(1)).mean();
        return new StepLoss(squared, [("squared", squared)]) { Shares = shares };
    }

    private (Tensor Images, Tensor Tails) Tensors(TargetCrops batch, Device device) =>
        batch.Tensors(_network.Options.CropShape, _network.Options.Network.StemStride, device);

    /// <summary>
    /// What a network that says log-odds means by the map's 0, and by its 1: its mean and spread over the first crops are those of the
    /// map. It then begins with what it knows, and need not learn another unit first.
    /// </summary>
    private (double Mean, double Scale) Unit()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (images, tails) = Tensors(MakeBatch(0, CancellationToken.None), CPU);
        var odds = _network.ForwardFinest(images);
        double scale = odds.std().item<float>() / Math.Max(1e-3, tails.std().item<float>());
        return (odds.mean().item<float>() - (scale * tails.mean().item<float>()), Math.Max(1e-3, scale));
    }
}
