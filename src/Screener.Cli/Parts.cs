using System.CommandLine;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Cli;

/// <summary>The option by which a machine takes its part of some work.</summary>
internal static class Parts
{
    /// <summary>The option.</summary>
    /// <param name="what">What is divided: "Many CTs".</param>
    internal static Option<string?> Option(string what) => Parsing.Text(
        "--part", "i/n",
        $"{what}: this one of n parts, for n machines; 'screener merge' puts them together. If not given, that of a Slurm array, or of a "
        + "Kubernetes job that sets JOB_COMPLETIONS; 1/1 is all.");

    /// <summary>The part; null for all.</summary>
    /// <exception cref="OptionException">It is no part.</exception>
    internal static WorkPart? Of(ParseResult line, Option<string?> option, Activities activities)
    {
        string? text = line.GetValue(option);
        var part = text is null ? WorkPart.OfScheduler(Environment.GetEnvironmentVariable) : WorkPart.Parse(text, option.Name);
        if (part is { Count: 1 })
            return null;
        if (part is not null && text is null)
            activities.Note($"part {part}, as the scheduler's variables say; {option.Name} says another");
        return part;
    }

    /// <summary>What is said when a part is done.</summary>
    internal static string Done(WorkPart part, string results, string what) =>
        $"part {part}: {what}\nwhen all parts are done: screener merge {results}";
}
