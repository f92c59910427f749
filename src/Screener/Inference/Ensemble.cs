using Screener.HuBaselines;
using Screener.SyntheticLesions;

namespace Screener.Inference;

/// <summary>What a model has beside its densities: experts that fail elsewhere, and what is rare in a population.</summary>
public sealed class Ensemble : IDisposable
{
    internal Ensemble(
        IReadOnlyList<LesionNetwork> lesions, HuBaseline huAndPosition, EnsembleOptions options, TailTable[] tails, TailTable together,
        PlaceTails? places = null)
    {
        (Lesions, HuAndPosition, Options, Tails, Together, Places) = (lesions, huAndPosition, options, tails, together, places);
    }

    /// <summary>They find what looks drawn in: those of a kind (<see cref="LesionMethod"/>) together, others beside them.</summary>
    public IReadOnlyList<LesionNetwork> Lesions { get; }

    /// <summary>The network that distillation begins with: the last of the first kind.</summary>
    public LesionNetwork Finest => LesionMethod.Of(Lesions)[0].Networks[^1];

    /// <summary>How likely a HU is at this place of the body.</summary>
    public HuBaseline HuAndPosition { get; }

    /// <summary>The weights.</summary>
    public EnsembleOptions Options { get; }

    /// <summary>For each expert, in the order of <see cref="EnsembleMethod.Experts"/>, how rare its scores are.</summary>
    internal IReadOnlyList<TailTable> Tails { get; }

    /// <summary>How rare the weighted sum is.</summary>
    internal TailTable Together { get; }

    /// <summary>How rare the weighted sum is at each kind of place; null in models of before there were any.</summary>
    internal PlaceTails? Places { get; }

    /// <summary>The weighted sum that one voxel in <paramref name="voxels"/> of the population exceeds.</summary>
    public float ScoreOfOneIn(double voxels) => Together.ScoreAt(Math.Log10(voxels));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var network in Lesions)
            network.Dispose();
    }
}

/// <summary>A table of tails for each kind of place.</summary>
/// <param name="Kinds">The kinds.</param>
/// <param name="Tails">One for each.</param>
internal sealed record PlaceTails(KindsOfPlace Kinds, IReadOnlyList<TailTable> Tails);
