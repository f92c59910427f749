using System.Text.Json;
using Screener.Augmentation;
using Screener.Errors;
using Screener.Losses;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>
/// Trains descriptor, condition and embedding networks on unlabelled volumes (paper, sections 3.1 and 3.2; arXiv 2409.10291).
/// </summary>
public static class Pretraining
{
    /// <summary>
    /// Trains the network that the options are for: a descriptor, whose features are equal for the same spot in two differently cut and
    /// coloured crops and different elsewhere; a condition model, the same on crops of which most is hidden, so that only what the context
    /// tells can be learnt; or an embedding network, three numbers per position, as far apart as the positions are.
    /// </summary>
    /// <param name="options">What to learn and how.</param>
    /// <param name="volumes">The training volumes, prepared by <see cref="PretrainingOptions.Preprocessing"/>. May load lazily.</param>
    /// <param name="run">Device, threads, checkpoint, progress.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>The model on the run's device, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="ScreenerException">Options, device or checkpoint are wrong.</exception>
    public static DenseNetwork Train(
        PretrainingOptions options, IReadOnlyList<PreparedVolume> volumes, TrainingRun run, CancellationToken cancellation = default)
    {
        options.Validate();
        run.Validate();
        if (volumes.Count == 0)
            throw new OptionException("volumes", "none", "at least one training volume", "Prepare a training cohort first.");
        var device = run.Compute.Apply();
        using var projector = options.Objective == PretrainingObjective.AnatomicalDistance
            ? null
            : new Projector(
                options.Network.DescriptorChannels, options.Projector, new RandomStream(options.Seed).Fork("projector weights"));
        return TrainingLoop.Train(
            options.CreateNetwork(new RandomStream(options.Seed).Fork(options.Stage + " weights")),
            model => new PretrainingTask(options, volumes, model, projector, run.Compute.Precision), options.Optimisation, run,
            options.Stage, $"{volumes.Count} volumes", device, cancellation);
    }
}

/// <summary>One step's crops as arrays: first views of all pairs, then second views.</summary>
/// <param name="Images">[2m, 1, D, H, W], 0 to 1.</param>
/// <param name="Masks">The same shape, 1 = visible; null for a descriptor.</param>
/// <param name="Positions">[2m, n, 3], fractional (d, h, w) in each crop.</param>
/// <param name="Millimetres">[m, n, 3], the same positions in the volume, mm along (d, h, w).</param>
internal sealed record PretrainingBatch(float[] Images, float[]? Masks, float[] Positions, float[] Millimetres);

/// <summary>Batches and loss of dense self-supervised training.</summary>
internal sealed class PretrainingTask : ITrainingTask<PretrainingBatch>
{
    private readonly PretrainingOptions _options;
    private readonly IReadOnlyList<PreparedVolume> _volumes;
    private readonly DenseNetwork _model;
    private readonly Projector? _projector;
    private readonly RandomStream _random;
    private readonly int _pairs;
    private readonly IReadOnlyList<Parameter> _traced;

    internal PretrainingTask(
        PretrainingOptions options, IReadOnlyList<PreparedVolume> volumes, DenseNetwork model, Projector? projector,
        ComputePrecision precision)
    {
        _options = options;
        _volumes = volumes;
        _model = model;
        _projector = projector;
        _pairs = options.VolumesPerBatch * options.PairsPerVolume;
        Inputs = TrainingInputs.Of(options, volumes);
        _random = new RandomStream(options.Seed).Fork(options.Stage + " batches");
        var scale = (model as AnatomicalEmbeddingModel)?.Scale;
        _traced = [.. Parts.SelectMany(part => part.Module.parameters()).Where(p => !ReferenceEquals(p, scale))];
        if (projector is not null)
            projector.Precision = precision;
        model.Precision = precision;
    }

    public string Stage => _options.Stage;

    public JsonElement Inputs { get; }

    public IReadOnlyList<(string Name, nn.Module Module)> Parts => _projector is null
        ? [("model", _model)]
        : [("model", _model), ("projector", _projector)];

    public PretrainingBatch MakeBatch(long step, CancellationToken cancellation)
    {
        var random = _random.Fork((ulong)step);
        int m = _pairs, n = _options.Crops.PositionsPerPair;
        var shape = _options.Crops.PatchShape;
        int voxels = shape.CheckedLength();
        var images = new float[2 * m * voxels];
        var masks = _options.Masked ? new float[2 * m * voxels] : null;
        var positions = new float[2 * m * n * 3];
        var millimetres = new float[m * n * 3];
        PreparedVolume? volume = null;
        for (int pair = 0; pair < m; pair++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (pair % _options.PairsPerVolume == 0)
                volume = _volumes[random.NextInt(_volumes.Count)];
            var crops = CropPairSampler.Sample(volume!, _options.Crops, random);
            Place(crops.First, crops.FirstSpacing, crops.FirstPositions, pair);
            Place(crops.Second, crops.SecondSpacing, crops.SecondPositions, m + pair);
            Locate(crops, volume!.Spacing, millimetres.AsSpan(pair * n * 3, n * 3));
        }

        return new PretrainingBatch(images, masks, positions, millimetres);

        void Place(float[] crop, Imaging.Spacing spacing, float[] cropPositions, int slot)
        {
            ColourJitter.Apply(crop, shape, spacing, _options.Jitter, random);
            crop.CopyTo(images.AsSpan(slot * voxels));
            cropPositions.CopyTo(positions.AsSpan(slot * n * 3));
            if (masks is not null)
                BlockMask.Create(shape, _options.Mask, random).CopyTo(masks.AsSpan(slot * voxels));
        }
    }

    public StepLoss Loss(PretrainingBatch batch, long step, Device device)
    {
        int m = _pairs, n = _options.Crops.PositionsPerPair;
        var shape = _options.Crops.PatchShape;
        long[] size = [2 * m, 1, shape.Depth, shape.Height, shape.Width];
        var images = TensorMemory.Of(batch.Images, size).to(device);
        var positions = TensorMemory.Of(batch.Positions, [2 * m, n, 3]).to(device);
        var masks = batch.Masks is null ? null : TensorMemory.Of(batch.Masks, size).to(device);
        var shares = BatchShares.Trace(2 * m, device, _traced, (first, count) =>
        {
            Tensor crops = images.narrow(0, first, count), at = positions.narrow(0, first, count);
            var rows = _model.ForwardAt(crops, masks?.narrow(0, first, count), at);
            return _projector is null ? rows : _projector.forward(rows);
        });
        return LossOf(shares.Output, batch, device) with { Shares = shares };
    }

    private StepLoss LossOf(Tensor features, PretrainingBatch batch, Device device)
    {
        int m = _pairs, n = _options.Crops.PositionsPerPair;
        if (_model is AnatomicalEmbeddingModel { Scale: var scale })
            return DistanceLoss(features * scale, TensorMemory.Of(batch.Millimetres, [m * n, 3]).to(device));
        var views = features.chunk(2);
        var (first, second) = (views[0], views[1]);
        if (_options.Objective == PretrainingObjective.DenseVicReg)
        {
            var loss = new DenseVicRegLoss(_options.VicReg).Forward(first, second);
            return new StepLoss(
                loss.Total, [("invariance", loss.Invariance), ("variance", loss.Variance), ("covariance", loss.Covariance)]);
        }

        return new StepLoss(new DenseInfoNceLoss(_options.InfoNce).Forward(first, second), []);
    }

    private static void Locate(CropPair crops, Imaging.Spacing spacing, Span<float> millimetres)
    {
        for (int i = 0; i < millimetres.Length; i += 3)
        {
            var at = crops.FirstPositions.AsSpan(i, 3);
            var (d, h, w) = crops.FirstToVolume.ToVolume(at[0], at[1], at[2]);
            (millimetres[i], millimetres[i + 1], millimetres[i + 2]) = ((float)(d * spacing.Depth), (float)(h * spacing.Height),
                (float)(w * spacing.Width));
        }
    }

    // Distances are known within a volume only, so each volume has a loss of its own.
    private StepLoss DistanceLoss(Tensor embeddings, Tensor millimetres)
    {
        var loss = new AnatomicalDistanceLoss(_options.AnatomicalDistance);
        int volumes = _options.VolumesPerBatch, all = (int)millimetres.shape[0], k = all / volumes;
        var terms = new List<AnatomicalDistanceTerms>();
        for (int v = 0; v < volumes; v++)
            terms.Add(
                loss.Forward(embeddings.narrow(0, v * k, k), embeddings.narrow(0, all + (v * k), k), millimetres.narrow(0, v * k, k)));
        return new StepLoss(Mean(t => t.Total), [("distance", Mean(t => t.Distance)), ("invariance", Mean(t => t.Invariance))]);

        Tensor Mean(Func<AnatomicalDistanceTerms, Tensor> term) => stack(terms.Select(term)).mean();
    }
}
