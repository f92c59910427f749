using System.Globalization;
using Screener.Errors;

namespace Screener.Runtime;

/// <summary>One of several equal parts of some work, for one of as many machines.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Count">How many there are.</param>
public sealed record WorkPart(int Number, int Count)
{
    private const int Most = 1_000_000;

    /// <summary>True if an item of the work belongs to this part.</summary>
    /// <param name="index">The item's place, from 0.</param>
    public bool Has(int index) => index % Count == Number - 1;

    /// <summary>Reads "3/10".</summary>
    /// <exception cref="OptionException">It is no part.</exception>
    public static WorkPart Parse(string text, string option)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var number, var count] && Whole(number) is { } n and >= 1 && Whole(count) is { } c and <= Most && n <= c
            ? new WorkPart(n, c)
            : throw new OptionException(option, $"'{text}'", "i/n, the part's number from 1 and how many there are, as in 3/10");
    }

    /// <summary>
    /// The part that a scheduler gave this process: of a Slurm array, or of a Kubernetes job whose manifest says in JOB_COMPLETIONS how
    /// many there are. Null outside of both.
    /// </summary>
    /// <param name="variable">A variable of the environment.</param>
    /// <exception cref="OptionException">The tasks of the array are not numbered one after the other.</exception>
    public static WorkPart? OfScheduler(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (Number("SLURM_ARRAY_TASK_ID") is { } id && Number("SLURM_ARRAY_TASK_COUNT") is { } tasks)
        {
            int index = (id - (Number("SLURM_ARRAY_TASK_MIN") ?? 1)) / Math.Max(1, Number("SLURM_ARRAY_TASK_STEP") ?? 1);
            return Of(index, tasks) ?? throw new OptionException(
                "SLURM_ARRAY_TASK_ID", $"{id}, of an array of {tasks} tasks that are not numbered one after the other", "i of n",
                "Say which part this is with --part i/n.");
        }

        return Number("JOB_COMPLETION_INDEX") is { } completion && Number("JOB_COMPLETIONS") is { } completions
            ? Of(completion, completions) : null;

        int? Number(string name) => variable(name) is { } text ? Whole(text) : null;

        static WorkPart? Of(int index, int count) => index >= 0 && index < count ? new WorkPart(index + 1, count) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Number}/{Count}");

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
