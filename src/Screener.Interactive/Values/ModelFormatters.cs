using Screener.Densities;
using Screener.Inference;
using Screener.Models;
using Screener.Reporting;
using Screener.Training;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Screener.Interactive.Values;

/// <summary>Networks and the models put together from them.</summary>
internal static class ModelFormatters
{
    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<ScreenerModel>(Screener),
        new NotebookFormatter<DenseNetwork>(m => new Document(Title(m.Stage), "", Network(m.Options, m), Parameters(m))),
        new NotebookFormatter<DensityModel>(m => new Document("Density", m.GetType().Name, new FactsPart(
            ("feature channels", Invariant($"{m.FeatureChannels}")), ("condition channels", Invariant($"{m.ConditionChannels}")),
            ("parameters", Invariant($"{Count(m):#,0}"))), Parameters(m))),
        new NotebookFormatter<TrainedNetwork>(Trained),
        new NotebookFormatter<ConditionNetworks>(n => new Document("Networks of conditions", "", Parts(Rows(n)))),
    ];

    private static Document Screener(ScreenerModel model)
    {
        var rows = new List<IReadOnlyList<string>> { Row("descriptor", model.DescriptorOptions, model.Descriptor) };
        rows.AddRange(Rows(model.Networks));
        rows.AddRange(model.Heads.Select((h, i) => (IReadOnlyList<string>)
            [$"density {h.Name}", "likelihood", Invariant($"{model.FittingOptions.Optimisation.Steps:#,0}"),
                Invariant($"{Count(model.Densities[i]):#,0}")]));
        if (model.Ensemble is { } ensemble)
        {
            var kinds = LesionMethod.Of(ensemble.Lesions);
            rows.AddRange(kinds.SelectMany(kind => kind.Networks.Select(network => (IReadOnlyList<string>)
                [kind.Name, $"drawn-in lesions, voxels of {network.Options.Preprocessing.TargetSpacing}",
                    Invariant($"{network.Options.Optimisation.Steps:#,0}"),
                    Invariant($"{Count(network):#,0}")])));
            rows.Add([
                EnsembleMethod.MethodName,
                Invariant(
                    $"{ensemble.Options.Lesions} {kinds[0].Name}, {ensemble.Options.HuAndPosition} HU + position, ")
                    + Invariant($"{ensemble.Options.Density} {ensemble.Options.Head ?? model.Heads[0].Name}")
                    + string.Concat(kinds.Skip(1).Select(k => Invariant($", {ensemble.Options.LargeLesions} {k.Name}"))),
                "–", "–",
            ]);
        }

        if (model.Distilled is { } distilled)
            rows.Add([DistilledMethod.MethodName, "the ensemble's map", "–", Invariant($"{Count(distilled.Network):#,0}")]);
        return new Document(
            "Screener model",
            string.Join("; ", model.MethodNames),
            Parts(rows),
            new FactsPart(
                ("voxels", model.Preprocessing.TargetSpacing.ToString()),
                ("crops", model.DescriptorOptions.Crops.PatchShape.ToString()),
                ("descriptor", Invariant($"{model.DescriptorOptions.Network.DescriptorChannels} channels")),
                ("network", $"levels of {string.Join(", ", model.DescriptorOptions.Network.Channels)} channels"),
                ("pooling of features", model.FittingOptions.PoolKernel.ToString())));
    }

    private static TablePart Parts(IReadOnlyList<IReadOnlyList<string>> rows) => new(["Part", "Objective", "Steps", "Parameters"], rows);

    private static IReadOnlyList<IReadOnlyList<string>> Rows(ConditionNetworks networks) =>
    [
        .. networks.All.Select(n => Row(n.Network.Stage, n.Options, n.Network)),
    ];

    private static IReadOnlyList<string> Row(string part, PretrainingOptions options, nn.Module network) =>
        [part, options.Objective.ToString(), Invariant($"{options.Optimisation.Steps:#,0}"), Invariant($"{Count(network):#,0}")];

    private static string Title(string stage) =>
        stage == AnatomicalEmbeddingModel.StageName
            ? "Anatomical embedding network"
            : $"{char.ToUpperInvariant(stage[0])}{stage[1..]} model";

    private static Document Trained(TrainedNetwork trained) => new(
        $"Trained {char.ToLowerInvariant(Title(trained.Network.Stage)[0])}{Title(trained.Network.Stage)[1..]}",
        Invariant($"{trained.Options.Objective}, {trained.Options.Optimisation.Steps:#,0} steps, seed {trained.Options.Seed}"),
        [Network(trained.Options.Network, trained.Network), .. TrainingFormatters.History(trained.History).Parts]);

    private static FactsPart Network(UNetOptions options, nn.Module network) => new(
        ("levels", string.Join(", ", options.Channels.Zip(options.Depths, (c, d) => Invariant($"{c} channels x {d}")))),
        ("output", Invariant($"{options.DescriptorChannels} channels")),
        ("smallest input", Invariant($"{options.MinimumInput} voxels along each axis")),
        ("parameters", Invariant($"{Count(network):#,0}")));

    private static TablePart Parameters(nn.Module network) => TablePart.Of(
        ["Part", "Parameters"],
        network.named_parameters().GroupBy(p => Part(p.name)),
        g => [g.Key, Invariant($"{g.Sum(p => p.parameter.numel()):#,0}")]);

    // The first three names on the way to a parameter.
    private static string Part(string name) => name.Contains('.') ? string.Join('.', name.Split('.').SkipLast(1).Take(3)) : name;

    private static long Count(nn.Module network) => network.parameters().Sum(p => p.numel());
}
