namespace Screener.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Stage">What is being trained: "descriptor", "condition", "density".</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="StepsPerSecond">Speed over the last few seconds.</param>
/// <param name="Remaining">The time left at that speed.</param>
/// <param name="Values">The loss and its terms, by name, of the last step.</param>
public sealed record TrainingProgress(
    string Stage, long Step, long Steps, double StepsPerSecond, TimeSpan Remaining, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>
    /// How long steps have waited for their batches since the run began. The first step does not count: nothing can be ready before it.
    /// </summary>
    public TimeSpan Waited { get; init; }
}
