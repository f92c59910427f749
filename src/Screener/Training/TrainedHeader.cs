namespace Screener.Training;

/// <summary>The header of a file with one trained network.</summary>
/// <typeparam name="TOptions">What the network was made and trained with.</typeparam>
internal sealed record TrainedHeader<TOptions>(
    string Format, int Version, string Stage, TOptions Options, IReadOnlyDictionary<string, string> Libraries,
    IReadOnlyList<TrainingRecord> History);
