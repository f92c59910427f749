using System.Text.Json;
using Screener.Errors;
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

namespace Screener.FineTuning;

/// <summary>Trains a network to draw lesions as they are labelled, by the loop that trains every network.</summary>
public static class FineTuningTraining
{
    /// <summary>Trains from the starting weights on, or from the checkpoint on.</summary>
    /// <param name="options">How.</param>
    /// <param name="start">The weights.</param>
    /// <param name="volumes">Labelled cases, prepared as the start wants them.</param>
    /// <param name="run">Device, threads, checkpoint, progress.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>The network, in evaluation mode: log-odds that a voxel is lesion. The caller owns it.</returns>
    /// <exception cref="ScreenerException">Options, volumes, device or checkpoint are wrong.</exception>
    public static DenseNetwork Train(
        FineTuningOptions options, StartingWeights start, IReadOnlyList<LabelledVolume> volumes, TrainingRun run,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(volumes);
        options.Validate();
        run.Validate();
        LabelledVolume.RequireBoth(nameof(volumes), [.. volumes.Select(v => v.Classes)]);
        if (volumes.FirstOrDefault(v => v.Image.OptionsFingerprint != start.Preprocessing.Fingerprint()) is { } other)
            throw new OptionException(
                nameof(volumes), $"'{other.Image.Source}', prepared otherwise", "volumes prepared as the start says");
        var device = run.Compute.Apply();
        var network = start.Create(new RandomStream(options.Seed).Fork("fine-tuning weights"));
        network.Precision = run.Compute.Precision;
        return TrainingLoop.Train(
            network, made => new FineTuningTask(options, start, volumes, made), options.Optimisation, run, start.Name,
            $"{volumes.Count} labelled cases", device, cancellation);
    }
}

/// <summary>Batches and loss of fine-tuning.</summary>
internal sealed class FineTuningTask : ITrainingTask<TargetCrops>
{
    // A lesion is looked for so often: small ones are in few crops.
    private const int Tries = 40;

    private readonly FineTuningOptions _options;
    private readonly StartingWeights _start;
    private readonly DenseNetwork _network;
    private readonly StretchedCrops _images;
    private readonly StretchedCrops _lesions;
    private readonly RandomStream _random;
    private readonly IReadOnlyList<Parameter> _traced;

    internal FineTuningTask(
        FineTuningOptions options, StartingWeights start, IReadOnlyList<LabelledVolume> volumes, DenseNetwork network)
    {
        (_options, _start, _network) = (options, start, network);
        PreparedVolume[] images = [.. volumes.Select(v => v.Image)], lesions = [.. volumes.Select(v => v.Lesions)];
        _images = new StretchedCrops([images], start.CropShape, options.MaxStretch);
        _lesions = new StretchedCrops([lesions], start.CropShape, options.MaxStretch);
        _random = new RandomStream(options.Seed).Fork("fine-tuning batches");
        _traced = [.. network.parameters()];
        Inputs = StoredJson.Write(new[] { TrainingInputs.Of(options, images, network), TrainingInputs.Of(options, lesions) });
    }

    public string Stage => "fine-tuned";

    public JsonElement Inputs { get; }

    public IReadOnlyList<(string Name, nn.Module Module)> Parts => [("model", _network)];

    public TargetCrops MakeBatch(long step, CancellationToken cancellation)
    {
        var random = _random.Fork((ulong)step);
        var batch = TargetCrops.Empty(_options.CropsPerStep, _start.CropShape);
        for (int crop = 0; crop < _options.CropsPerStep; crop++)
        {
            cancellation.ThrowIfCancellationRequested();

            // Equal streams cut the same place out of both.
            var place = random.Fork((ulong)crop);
            bool wanted = place.Fork("wanted").Chance(_options.LesionShare);
            float[] covered = _lesions.Cut(place.Fork(0UL));
            ulong tried = 0;
            while (wanted && tried + 1 < Tries && !covered.Any(l => l > 0.5f))
                covered = _lesions.Cut(place.Fork(++tried));
            batch.Set(crop, _images.Cut(place.Fork(tried)), covered);
        }

        return batch;
    }

    public StepLoss Loss(TargetCrops batch, long step, Device device)
    {
        var (images, lesions) = batch.Tensors(_start.CropShape, _network.Options.StemStride, device);
        var shares = BatchShares.Trace(
            _options.CropsPerStep, device, _traced, (first, count) => _network.ForwardFinest(images.narrow(0, first, count)));
        var entropy = nn.functional.binary_cross_entropy_with_logits(shares.Output, lesions);
        var likely = shares.Output.sigmoid();
        var dice = (likely * lesions).sum().Times(2).Plus(1).div(likely.sum().Plus(lesions.sum()).Plus(1)).neg().Plus(1);
        return new StepLoss(entropy.Plus(dice), [("entropy", entropy), ("dice", dice)]) { Shares = shares };
    }
}
