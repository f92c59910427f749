using System.Text.Json;
using Screener.Errors;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.SyntheticLesions;

/// <summary>Trains a network on lesions drawn into unlabelled CT.</summary>
public static class LesionTraining
{
    /// <summary>Trains a lesion network.</summary>
    /// <param name="options">What to draw and how to learn.</param>
    /// <param name="cohorts">Volumes prepared by <see cref="LesionNetworkOptions.Preprocessing"/>; every cohort is drawn from equally
    /// often.</param>
    /// <param name="run">Device, threads, checkpoint, progress.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>The network on the run's device, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="ScreenerException">Options, volumes, device or checkpoint are wrong.</exception>
    public static LesionNetwork Train(
        LesionNetworkOptions options, IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts, TrainingRun run,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        run.Validate();
        if (cohorts.Count == 0 || cohorts.Any(c => c.Count == 0))
            throw new OptionException(
                nameof(cohorts), "none, or an empty one", "at least one training volume in each", "Prepare a training cohort first.");
        var device = run.Compute.Apply();
        var network = new LesionNetwork(options, new RandomStream(options.Seed).Fork("lesions weights"))
        {
            Precision = run.Compute.Precision,
        };
        return TrainingLoop.Train(
            network, made => new LesionTask(options, cohorts, made), options.Optimisation, run, network.Stage,
            $"{cohorts.Sum(c => c.Count)} volumes", device, cancellation);
    }
}

/// <summary>One step's crops, and how much each of their voxels counts.</summary>
internal sealed record LesionCrops(TargetCrops Crops, float[] Weights);

/// <summary>Batches and loss of the training on drawn lesions.</summary>
internal sealed class LesionTask : ITrainingTask<LesionCrops>
{
    /// <summary>The radius of a lesion whose voxels count as much as healthy ones.</summary>
    private const float CommonRadiusMm = 10;

    private readonly LesionNetworkOptions _options;
    private readonly LesionNetwork _network;
    private readonly StretchedCrops _crops;
    private readonly LesionPainter _painter;
    private readonly RandomStream _random;
    private readonly IReadOnlyList<TorchSharp.Modules.Parameter> _traced;

    internal LesionTask(LesionNetworkOptions options, IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts, LesionNetwork network)
    {
        (_options, _network) = (options, network);
        var preprocessing = options.Preprocessing;
        _crops = new StretchedCrops(
            cohorts, options.CropShape, options.MaxStretch, preprocessing.MinHu, preprocessing.MaxHu - preprocessing.MinHu);
        _painter = new LesionPainter(options.Lesions);
        _random = new RandomStream(options.Seed).Fork("lesions batches");
        _traced = [.. network.parameters()];
        Inputs = StoredJson.Write(cohorts.Select(c => TrainingInputs.Of(options, c)).ToArray());
        string wanted = options.Preprocessing.Fingerprint();
        foreach (var volume in cohorts.Select(c => c[0]))
        {
            if (volume.OptionsFingerprint.Length > 0 && volume.OptionsFingerprint != wanted)
                throw new OptionException(
                    nameof(cohorts), $"'{volume.Source}', prepared otherwise", "volumes prepared for this network",
                    "Prepare the CTs again with the profile 'lesions'.");
        }
    }

    public string Stage => "lesions";

    public JsonElement Inputs { get; }

    public IReadOnlyList<(string Name, nn.Module Module)> Parts => [("model", _network)];

    public LesionCrops MakeBatch(long step, CancellationToken cancellation)
    {
        var random = _random.Fork((ulong)step);
        var shape = _options.CropShape;
        int voxels = shape.CheckedLength();
        var batch = TargetCrops.Empty(_options.CropsPerStep, shape);
        var weights = new float[batch.Targets.Length];
        float least = _options.Preprocessing.MinHu, scale = 1 / (_options.Preprocessing.MaxHu - least);
        double millimetres = Math.Cbrt(_options.Preprocessing.TargetSpacing.VoxelVolume);
        for (int crop = 0; crop < _options.CropsPerStep; crop++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] hu = _crops.Cut(random), mask = new float[voxels], radii = new float[voxels];
            Array.Fill(radii, CommonRadiusMm);
            _painter.Paint(hu, mask, shape, millimetres, () => _crops.Cut(random), random, radii);
            if (_options.ContrastDeviation > 0)
                VaryContrast(hu, _options.ContrastDeviation * random.Fork("contrast").Fork((ulong)crop).NextGaussian());
            Vary(hu, random);
            for (int i = 0; i < voxels; i++)
                hu[i] = Math.Clamp((hu[i] - least) * scale, 0, 1);
            batch.Set(crop, hu, mask);
            Weigh(radii, weights.AsSpan(crop * voxels));
        }

        return new LesionCrops(batch, weights);
    }

    public StepLoss Loss(LesionCrops batch, long step, Device device)
    {
        var (shape, stride) = (_options.CropShape, _options.Network.StemStride);
        var (images, covered) = batch.Crops.Tensors(shape, stride, device);
        var weights = TargetCrops.Finest(batch.Weights, shape, stride, device);
        var shares = BatchShares.Trace(
            _options.CropsPerStep, device, _traced, (first, count) => _network.ForwardFinest(images.narrow(0, first, count)));
        var scores = shares.Output;
        using Tensor positive = tensor((float)_options.PositiveWeight, device: device);
        var entropy = nn.functional.binary_cross_entropy_with_logits(scores, covered, weights, pos_weights: positive);
        Tensor likely = scores.sigmoid(), wanted = covered.mul(weights);
        var dice = likely.mul(wanted).sum().Times(2).div(likely.mul(weights).sum().Plus(wanted.sum()).Plus(1)).neg().Plus(1);
        var total = entropy.Plus(dice, _options.DiceWeight);
        return new StepLoss(total, [("entropy", entropy), ("dice", dice)]) { Shares = shares };
    }

    /// <summary>How much voxels count that lesions of these radii cover.</summary>
    private void Weigh(ReadOnlySpan<float> radii, Span<float> weights)
    {
        (float radius, float weight) = (CommonRadiusMm, 1);
        for (int i = 0; i < radii.Length; i++)
        {
            if (radii[i] != radius)
                (radius, weight) = (radii[i], (float)Math.Pow((double)CommonRadiusMm / radii[i], _options.SmallerCountMore));
            weights[i] = weight;
        }
    }

    /// <summary>What doses and times of contrast medium differ in, in place.</summary>
    private static void VaryContrast(float[] hu, double exponent)
    {
        float factor = (float)Math.Exp(exponent);
        for (int i = 0; i < hu.Length; i++)
        {
            if (hu[i] > 0)
                hu[i] *= factor;
        }
    }

    /// <summary>What scanners differ in, in place: scale, offset and noise.</summary>
    private static void Vary(float[] hu, RandomStream random)
    {
        float scale = (float)(1 + (0.03 * random.NextGaussian())), shift = (float)(6 * random.NextGaussian());
        float noise = random.Chance(0.5) ? (float)random.Uniform(0, 12) : 0;
        for (int i = 0; i < hu.Length; i++)
        {
            hu[i] = ((hu[i] + 1000) * scale) - 1000 + shift;
            if (noise > 0)
                hu[i] += noise * (float)random.NextGaussian();
        }
    }
}
