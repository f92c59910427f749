using System.Text.Json;
using Screener.Densities;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>Where density fitting takes its feature and condition maps from.</summary>
/// <typeparam name="TBatch">One step's input, made on a worker thread; holds arrays, not tensors.</typeparam>
internal interface IDensityMaps<TBatch>
{
    /// <summary>d, the length of a feature vector.</summary>
    int FeatureChannels { get; }

    /// <summary>c of each head; 0 for none.</summary>
    IReadOnlyList<int> ConditionChannels { get; }

    /// <inheritdoc cref="ITrainingTask{TBatch}.Inputs"/>
    JsonElement Inputs { get; }

    /// <summary>Makes a batch: a pure function of <paramref name="random"/>.</summary>
    TBatch MakeBatch(RandomStream random, CancellationToken cancellation);

    /// <summary>
    /// The pooled maps of a batch, [m, d, D, H, W] and [m, c, D, H, W] per head, without noise. Runs inside no_grad and a dispose scope of
    /// the caller.
    /// </summary>
    (Tensor Features, Tensor?[] Conditions) Compute(TBatch batch, Device device);
}

/// <summary>Batches and loss of density fitting.</summary>
internal sealed class DensityTask<TBatch>(DensityFittingOptions options, IDensityMaps<TBatch> maps, IReadOnlyList<DensityModel> densities)
    : ITrainingTask<TBatch>
{
    private readonly RandomStream _random = new RandomStream(options.Seed).Fork("density batches");

    public string Stage => "density";

    public JsonElement Inputs => maps.Inputs;

    public IReadOnlyList<(string Name, nn.Module Module)> Parts =>
        [.. options.Heads.Zip(densities, (head, density) => (head.Name, (nn.Module)density))];

    public bool ClipsPartsApart => true;

    public TBatch MakeBatch(long step, CancellationToken cancellation) => maps.MakeBatch(_random.Fork((ulong)step), cancellation);

    public void Prepare(TBatch first, Device device)
    {
        using var guard = no_grad();
        var (features, contexts) = Noisy(first, 0, device);
        for (int i = 0; i < densities.Count; i++)
            densities[i].InitializeFrom(features[i], contexts[i]);
    }

    public StepLoss Loss(TBatch batch, long step, Device device)
    {
        var (features, contexts) = Noisy(batch, step, device);
        var terms = new List<(string, Tensor)>();
        Tensor? total = null;
        for (int i = 0; i < densities.Count; i++)
        {
            using var frozen = densities[i].IsFittedByGradient ? null : no_grad();
            if (frozen is not null)
            {
                using var scope = NewDisposeScope();
                densities[i].TakeIn(features[i], contexts[i]);
            }

            var loss = densities[i].NegativeLogLikelihood(features[i], contexts[i]).mean();
            terms.Add((options.Heads[i].Name, loss));
            total = total is null ? loss : total.Plus(loss);
        }

        return new StepLoss(total!, terms);
    }

    // Each head has its own noise, drawn from (seed, step, head), so that it learns the same whatever heads are beside it.
    private (Tensor[] Features, Tensor?[] Conditions) Noisy(TBatch batch, long step, Device device)
    {
        using var guard = no_grad();
        var (features, contexts) = maps.Compute(batch, device);
        var noisy = new Tensor[densities.Count];
        for (int i = 0; i < noisy.Length; i++)
        {
            noisy[i] = WithNoise(features, _random.Fork(options.Heads[i].Name));
            if (contexts[i] is { } context)
                contexts[i] = WithNoise(context, _random.Fork(options.Heads[i].Name).Fork("condition"));
        }

        return (noisy, contexts);

        Tensor WithNoise(Tensor map, RandomStream random)
        {
            using var generator = new Generator(random.ForkSeed((ulong)step), device);
            return map.Plus(randn(map.shape, generator: generator, device: device).Times(options.NoiseSigma));
        }
    }
}
