using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>The trained networks that conditions ask. A model needs those of its heads only.</summary>
/// <param name="MaskingInvariant">The condition model, for <see cref="ConditionKind.MaskingInvariant"/>.</param>
/// <param name="Embedding">The embedding network, for <see cref="ConditionKind.AnatomicalEmbedding"/>.</param>
public sealed record ConditionNetworks(TrainedNetwork<ConditionModel>? MaskingInvariant = null, TrainedNetwork<AnatomicalEmbeddingModel>? Embedding = null) : IDisposable
{
    /// <summary>No network: enough for the conditions that need none.</summary>
    public static ConditionNetworks None { get; } = new();

    /// <summary>The networks there are; null stands for a condition model that is not, as in checkpoints from before there was an embedding.</summary>
    internal IEnumerable<nn.Module?> Modules => [MaskingInvariant?.Network, .. Embedding is null ? (IEnumerable<nn.Module?>)[] : [Embedding.Network]];

    /// <summary>The condition model.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    internal ConditionModel RequiredMaskingInvariant => MaskingInvariant?.Network
        ?? throw new OptionException("condition model", "none", "a trained condition model", "Train one with 'screener pretrain condition', or leave masking-invariant out.");

    /// <summary>The embedding network.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    internal AnatomicalEmbeddingModel RequiredEmbedding => Embedding?.Network
        ?? throw new OptionException("embedding network", "none", "a trained embedding network", "Train one with 'screener pretrain ape', or leave ape out.");

    /// <summary>Checks that the networks were trained on volumes like the descriptor's.</summary>
    /// <exception cref="OptionException">One was trained on volumes prepared with other options.</exception>
    public void Check(Preprocessing.PreprocessingOptions preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        foreach (var (name, options) in new[] { ("condition model", MaskingInvariant?.Options), ("embedding network", Embedding?.Options) })
        {
            if (options is not null && options.Preprocessing.Fingerprint() != preprocessing.Fingerprint())
                throw new OptionException(name, "one of other preprocessing than the descriptor's", "the same preprocessing for all networks", "Train them on the same prepared volumes.");
        }
    }

    /// <summary>Moves the networks to a device, sets their precision, and puts them into evaluation mode.</summary>
    internal void MoveTo(Device device, ComputePrecision precision)
    {
        if (MaskingInvariant is { Network: var condition })
        {
            condition.to(device);
            condition.Precision = precision;
            condition.eval();
        }

        if (Embedding is { Network: var embedding })
        {
            embedding.to(device);
            embedding.Precision = precision;
            embedding.eval();
        }
    }

    /// <summary>Disposes the networks.</summary>
    public void Dispose()
    {
        MaskingInvariant?.Network.Dispose();
        Embedding?.Network.Dispose();
    }
}
