namespace Screener.Cli.Tests;

/// <summary>Option files with which a training takes a second.</summary>
internal static class TinyOptions
{
    internal const string Pretraining = """
        {"network":{"channels":[8,16],"depths":[1,1],"descriptorChannels":8},"projector":{"width":128},"volumesPerBatch":2,
        "crops":{"patchShape":{"depth":16,"height":16,"width":16},"positionsPerPair":24},
        "mask":{"blockShape":{"depth":4,"height":4,"width":4}},"optimisation":{"steps":12}}
        """;

    internal const string Embedding = """
        {"network":{"channels":[8,16],"depths":[1,1],"stemStride":4,"descriptorChannels":3},"pairsPerVolume":2,
        "crops":{"patchShape":{"depth":16,"height":16,"width":16},"positionsPerPair":24,"flips":false,"axialTurns":false},
        "mask":{"blockShape":{"depth":4,"height":4,"width":4}},"optimisation":{"steps":12}}
        """;

    internal const string Fitting = """
        {"cropsPerBatch":2,"patchShape":{"depth":32,"height":32,"width":32},
        "gaussian":{"hiddenChannels":8,"layers":2},"optimisation":{"steps":8}}
        """;
}
