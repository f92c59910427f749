using Screener.Errors;
using Screener.Storage;
using Screener.SyntheticLesions;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>One network that learnt a model's calibrated map (second version of the paper, section 3.4): screening is one pass.</summary>
public sealed class Distilled : IDisposable
{
    internal Distilled(LesionNetwork network, TailTable tails, double overlap) => (Network, Tails, Overlap) = (network, tails, overlap);

    /// <summary>The network: a voxel's calibrated score from what is around it.</summary>
    public LesionNetwork Network { get; }

    /// <summary>How much of a window the next one covers again.</summary>
    public double Overlap { get; }

    /// <summary>How rare its scores are in the patients that it learnt from: a mean of squares draws extremes to the middle.</summary>
    internal TailTable Tails { get; }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}

/// <summary>A distilled network in a model's header.</summary>
/// <param name="Network">How the network is made.</param>
/// <param name="Overlap">See <see cref="Distilled.Overlap"/>.</param>
internal sealed record DistilledHeader(LesionNetworkOptions Network, double Overlap)
{
    private const string Weights = "distilled.", Tails = "distilled tails";

    internal static DistilledHeader Of(Distilled distilled) => new(distilled.Network.Options, distilled.Overlap);

    /// <summary>What is written of it; each tensor lives until the next is asked for.</summary>
    internal static IEnumerable<(string Name, Tensor Value)> TensorsOf(Distilled distilled)
    {
        foreach (var (name, value) in distilled.Network.state_dict())
            yield return (Weights + name, value);
        using var tails = tensor(distilled.Tails.Scores.ToArray());
        yield return (Tails, tails);
    }

    /// <summary>Reads it; it owns its network.</summary>
    /// <exception cref="ModelFileException">Something is missing or cannot be.</exception>
    internal Distilled Read(TensorArchive archive)
    {
        archive.RequireValid(() =>
        {
            OptionException.ThrowIfOutside(nameof(Overlap), Overlap, 0.0, 0.9);
            if (!archive.Tensors.TryGetValue(Tails, out var missing) || missing.numel() != TailTable.Knots)
                throw new OptionException(Tails, "missing, or of another size", $"{TailTable.Knots} numbers");
            _ = TailTable.OfKnots(missing.data<float>().ToArray());
        });
        var tails = TailTable.OfKnots(archive.Tensors[Tails].data<float>().ToArray());
        return new Distilled(LesionNetworkFile.Restore(archive, Network, Weights), tails, Overlap);
    }
}
