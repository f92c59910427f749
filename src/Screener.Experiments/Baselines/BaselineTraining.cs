using System.Text.Json;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>Trains a baseline by the loop that trains every network: on unlabelled volumes, or on those with organ labels.</summary>
public static class BaselineTraining
{
    /// <summary>Trains from the start, or from the checkpoint on.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="cohorts">Volumes prepared as the options say; every cohort is drawn from equally often.</param>
    /// <param name="run">Device, threads, checkpoint, progress.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>The network, in evaluation mode; the caller owns it.</returns>
    /// <exception cref="ScreenerException">Options, volumes, device or checkpoint are wrong.</exception>
    public static BaselineNetwork Train(
        BaselineOptions options, IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts, TrainingRun run,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Kinds<BaselineOptions>.Validate(options);
        run.Validate();
        if (cohorts.Count == 0 || cohorts.Any(c => c.Count == 0))
            throw new OptionException(
                nameof(cohorts), "none, or an empty one", "at least one training volume in each", "Prepare a training cohort first.");
        string wanted = options.Preprocessing.Fingerprint();
        if (cohorts.Select(c => c[0]).FirstOrDefault(v => v.OptionsFingerprint is { Length: > 0 } made && made != wanted) is { } other)
            throw new OptionException(
                nameof(cohorts), $"'{other.Source}', prepared otherwise", "volumes prepared as the baseline's options say",
                "Prepare the CTs again with the same profile.");
        IReadOnlyList<IReadOnlyList<PreparedVolume>>? organs = null;
        if (options is SupervisedOptions supervised)
        {
            (organs, int classes) = OrganLabels.Of(cohorts, run.Compute.ThreadCount, cancellation);
            options = supervised.For(classes);
        }

        var device = run.Compute.Apply();
        var network = options.Create(new RandomStream(options.Seed).Fork($"{options.Name} weights"));
        network.Precision = run.Compute.Precision;
        return TrainingLoop.Train(
            network, made => new BaselineTask(options, cohorts, organs, made), options.Optimisation, run, options.Name,
            $"{cohorts.Sum(c => c.Count)} volumes", device, cancellation);
    }

    private sealed record Crops(float[] Clean, float[] Altered, float[] Target, long[] Organs);

    private sealed class BaselineTask(
        BaselineOptions options, IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts,
        IReadOnlyList<IReadOnlyList<PreparedVolume>>? organs, BaselineNetwork network) : ITrainingTask<Crops>
    {
        private readonly StretchedCrops _crops = new(cohorts, options.CropShape, options.MaxStretch);
        private readonly StretchedCrops? _organs = organs is null
            ? null
            : new(organs, options.CropShape, options.MaxStretch, 0, OrganLabels.Most, isNearest: true);
        private readonly RandomStream _random = new RandomStream(options.Seed).Fork($"{options.Name} batches");
        private readonly IReadOnlyList<Parameter> _traced = [.. network.parameters()];

        public string Stage => options.Name;

        public JsonElement Inputs { get; } =
            StoredJson.Write(cohorts.Concat(organs ?? []).Select(c => TrainingInputs.Of(options, c)).ToArray());

        public IReadOnlyList<(string Name, nn.Module Module)> Parts => [("model", network)];

        public Crops MakeBatch(long step, CancellationToken cancellation)
        {
            var random = _random.Fork((ulong)step);
            int voxels = options.CropShape.CheckedLength();
            float[] clean = new float[options.CropsPerStep * voxels], altered = new float[clean.Length], target = new float[clean.Length];
            long[] labels = new long[_organs is null ? 0 : clean.Length];
            for (int i = 0; i < options.CropsPerStep; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_organs is not null)
                {
                    // Equal streams cut the same place out of both.
                    float[] here = _organs.Cut(random.Fork((ulong)i));
                    _crops.Cut(random.Fork((ulong)i)).CopyTo(clean.AsSpan(i * voxels));
                    for (int v = 0; v < voxels; v++)
                        labels[(i * voxels) + v] = (long)MathF.Round(here[v]);
                    continue;
                }

                float[] crop = _crops.Cut(random), wanted = new float[voxels];
                crop.CopyTo(clean.AsSpan(i * voxels));
                options.Alter(crop, wanted, () => _crops.Cut(random), random);
                crop.CopyTo(altered.AsSpan(i * voxels));
                wanted.CopyTo(target.AsSpan(i * voxels));
            }

            return new Crops(clean, _organs is null ? altered : clean, target, labels);
        }

        public StepLoss Loss(Crops batch, long step, Device device)
        {
            var size = options.CropShape;
            long[] shape = [options.CropsPerStep, 1, size.Depth, size.Height, size.Width];
            return network.Loss(
                new BaselineBatch(
                    TensorMemory.Of(batch.Clean, shape).to(device), TensorMemory.Of(batch.Altered, shape).to(device),
                    TensorMemory.Of(batch.Target, shape).to(device),
                    _organs is null ? null : TensorMemory.Of(batch.Organs, [shape[0], .. shape[2..]]).to(device)),
                step, _traced);
        }
    }
}
