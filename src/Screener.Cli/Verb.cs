using System.CommandLine;
using System.CommandLine.Parsing;
using Screener.Errors;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Cli;

/// <summary>One thing that <c>screener</c> can do.</summary>
/// <param name="name">The word on the command line, or the group's word and its own.</param>
/// <param name="description">What it does, one sentence.</param>
/// <param name="examples">Command lines that work as they stand, the simplest first.</param>
internal abstract class Verb(string name, string description, params IReadOnlyList<string> examples)
{
    /// <summary>The word or words on the command line.</summary>
    internal string Name => name;

    /// <summary>Command lines that work as they stand.</summary>
    internal IReadOnlyList<string> Examples => examples;

    /// <summary>True if the same command line goes on where a stopped one ended.</summary>
    internal virtual bool IsResumable => false;

    /// <summary>True if it runs other command lines, whose progress is shown in place of its own.</summary>
    internal virtual bool RunsOthers => false;

    /// <summary>The arguments and options that only this verb has.</summary>
    protected abstract IEnumerable<Symbol> Symbols { get; }

    /// <summary>Tells what the command line names to be read and to be written; it is compared before the work.</summary>
    /// <exception cref="ScreenerException">A path is missing or names what it must not.</exception>
    internal virtual void NamePaths(ParseResult line, NamedPaths paths)
    {
        // Nothing for verbs that write no file.
    }

    /// <summary>Does the work, on a thread of its own.</summary>
    /// <exception cref="ScreenerException">It cannot be done.</exception>
    internal abstract VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation);

    /// <summary>The verb as System.CommandLine sees it.</summary>
    internal Command ToCommand()
    {
        var command = new Command(name.Split(' ')[^1], description);
        foreach (var symbol in Symbols)
        {
            if (symbol is Argument argument)
            {
                argument.Validators.Add(RefuseUnknownOptions);
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        return command;
    }

    /// <summary>The value of an option that must be given where no file or profile says it.</summary>
    /// <exception cref="OptionException">It is not given.</exception>
    private protected static string Given(ParseResult line, Option<string?> option, string expected) =>
        line.GetValue(option) ?? throw new OptionException(option.Name, "nothing", expected, $"Add {option.Name}.");

    // The parser would take a mistyped option for a file's name.
    private void RefuseUnknownOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-') && !Path.Exists(t.Value)))
            result.AddError($"'{token.Value}' is not an option of '{name}'.");
    }
}

/// <summary>What a verb found or made.</summary>
/// <param name="Json">The object that <c>--json</c> prints.</param>
/// <param name="Text">What is printed otherwise.</param>
internal sealed record VerbResult(object Json, Document Text)
{
    /// <summary>0; 3 where some of the inputs were refused, and the others done.</summary>
    internal int ExitCode { get; init; }

    /// <summary>A result that is told in some lines, which are printed as they are.</summary>
    internal VerbResult(object json, string lines)
        : this(json, new Document("", "", new CodePart(lines)))
    {
    }

    /// <summary>A result that is told in parts.</summary>
    internal VerbResult(object json, params IReadOnlyList<DocumentPart> parts)
        : this(json, new Document("", "", parts))
    {
    }
}

/// <summary>What a verb works with.</summary>
/// <param name="Settings">The options that every verb has.</param>
/// <param name="Activities">Progress and notes.</param>
internal sealed record VerbContext(Settings Settings, Activities Activities)
{
    /// <summary>Where and how the networks run; a format that the processor has to emulate is told.</summary>
    /// <param name="began">The format in which work that goes on was begun; goes before the device's own.</param>
    /// <exception cref="ScreenerException">The device is not there.</exception>
    internal ComputeOptions Networks(ComputePrecision? began = null)
    {
        var compute = Settings.Networks(began);
        if (NativePrecision.IsEmulated(ComputeDevice.Resolve(compute.Device), compute.Precision))
        {
            Activities.Note(
                "bfloat16 is emulated: this processor has no instructions for it, and networks take many times as long as in float32, "
                + "which --precision auto takes here.");
        }

        return compute;
    }
}
