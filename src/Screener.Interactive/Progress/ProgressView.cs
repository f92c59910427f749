using Screener.Runtime;
using Screener.Training;

namespace Screener.Interactive.Progress;

/// <summary>Where a piece of work stands, as a notebook shows it: a bar, a line, and for a training its loss so far.</summary>
/// <param name="What">What is being done.</param>
/// <param name="Fraction">How much of it is done, 0 to 1.</param>
/// <param name="Where">Step, case, speed: one line.</param>
public sealed record ProgressView(string What, double Fraction, string Where)
{
    /// <summary>What the steps measured so far; empty where nothing is trained.</summary>
    public IReadOnlyList<TrainingRecord> Records { get; init; } = [];

    /// <summary>What can be read from <paramref name="progress"/> alone.</summary>
    public static ProgressView Of(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        string left = progress.Step >= progress.Steps ? "" : $", {Left(progress.Remaining)} left";
        return new ProgressView(
            $"Training the {progress.Stage} model",
            progress.Steps > 0 ? (double)progress.Step / progress.Steps : 0,
            FormattableString.Invariant($"step {progress.Step:#,0} of {progress.Steps:#,0}, {progress.StepsPerSecond:0.0} per second{left}"))
        {
            Records = [new TrainingRecord(progress.Step, double.NaN, double.NaN, progress.Values)],
        };
    }

    internal static string Left(TimeSpan time) => time.TotalHours >= 1
        ? FormattableString.Invariant($"{(int)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? FormattableString.Invariant($"{time.Minutes} min {time.Seconds} s") : FormattableString.Invariant($"{Math.Ceiling(time.TotalSeconds):0} s");
}
