using System.Text.Json.Serialization;
using Screener.HuBaselines;
using Screener.Errors;
using Screener.Storage;
using Screener.SyntheticLesions;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>An ensemble as a part of a model's file.</summary>
internal static class EnsembleFile
{
    /// <summary>Reads it; it owns its networks.</summary>
    /// <exception cref="ModelFileException">Something is missing or cannot be.</exception>
    internal static Ensemble Read(TensorArchive archive, string path, EnsembleHeader header)
    {
        var lesions = new List<LesionNetwork>();
        try
        {
            header.Options.Validate();
            header.HuAndPosition.Validate();
            foreach (var options in header.AllLesions)
                lesions.Add(LesionNetworkFile.Restore(archive, options, PrefixOf(lesions.Count)));
            int experts = LesionMethod.Of(lesions).Count + 2;
            float[] tails = Numbers("tails", (experts + 1) * TailTable.Knots);
            TailTable[] tables = [.. tails.Chunk(TailTable.Knots).Select(TailTable.OfKnots)];
            float[] density = Numbers("hu.density", HuBaseline.Numbers(header.HuAndPosition));
            if (density.Any(p => p <= 0))
                throw new OptionException("hu.density", "a density of 0 or less", "positive ones");
            var baseline = new HuBaseline(header.HuAndPosition, density);
            return new Ensemble(lesions, baseline, header.Options, tables[..experts], tables[experts], ReadPlaces());
        }
        catch (OptionException e)
        {
            lesions.ForEach(l => l.Dispose());
            throw new ModelFileException(path, e.Message, "valid experts", "Restore the file from a copy, or calibrate again.", e);
        }

        PlaceTails? ReadPlaces()
        {
            if (!archive.Tensors.TryGetValue("places", out var places))
                return null;
            var kinds = new KindsOfPlace(Numbers("places", places.numel()));
            float[] tails = Numbers("places.tails", kinds.Count * TailTable.Knots);
            return new PlaceTails(kinds, [.. tails.Chunk(TailTable.Knots).Select(TailTable.OfKnots)]);
        }

        float[] Numbers(string name, long count)
        {
            if (!archive.Tensors.TryGetValue(name, out var tensor) || tensor.numel() != count)
                throw new OptionException(name, "missing, or of another size", $"{count} numbers");
            return tensor.data<float>().ToArray();
        }
    }

    private static string PrefixOf(int lesionNetwork) => lesionNetwork == 0 ? "lesions." : $"lesions{lesionNetwork + 1}.";

    /// <summary>What is written of it; each tensor lives until the next is asked for.</summary>
    internal static IEnumerable<(string Name, Tensor Value)> TensorsOf(Ensemble ensemble)
    {
        for (int i = 0; i < ensemble.Lesions.Count; i++)
        {
            foreach (var (name, value) in ensemble.Lesions[i].state_dict())
                yield return (PrefixOf(i) + name, value);
        }

        using var density = tensor(ensemble.HuAndPosition.Density.ToArray());
        yield return ("hu.density", density);
        using var tails = tensor(ensemble.Tails.Append(ensemble.Together).SelectMany(t => t.Scores.ToArray()).ToArray());
        yield return ("tails", tails);
        if (ensemble.Places is not { } places)
            yield break;
        using var kinds = tensor(places.Kinds.Centres);
        yield return ("places", kinds);
        using var placeTails = tensor(places.Tails.SelectMany(t => t.Scores.ToArray()).ToArray());
        yield return ("places.tails", placeTails);
    }
}

/// <summary>The options of an ensemble in a model's header.</summary>
/// <param name="Options">Weights, kinds.</param>
/// <param name="Lesions">Of the first lesion network.</param>
/// <param name="HuAndPosition">Of HU + position.</param>
/// <param name="MoreLesions">Of the other lesion networks; null where there is one.</param>
internal sealed record EnsembleHeader(
    EnsembleOptions Options, LesionNetworkOptions Lesions, HuBaselineOptions HuAndPosition,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LesionNetworkOptions>? MoreLesions = null)
{
    internal IEnumerable<LesionNetworkOptions> AllLesions => [Lesions, .. MoreLesions ?? []];

    internal static EnsembleHeader Of(Ensemble ensemble) => new(
        ensemble.Options, ensemble.Lesions[0].Options, ensemble.HuAndPosition.Options,
        ensemble.Lesions.Count == 1 ? null : [.. ensemble.Lesions.Skip(1).Select(l => l.Options)]);
}
