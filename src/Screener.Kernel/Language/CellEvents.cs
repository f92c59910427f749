using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace Screener.Kernel.Language;

/// <summary>Turns what the engine says about a cell into the cell's output and outcome.</summary>
/// <param name="command">The cell.</param>
/// <param name="output">Where its output goes.</param>
/// <param name="shown">The display ids that front ends know.</param>
internal sealed class CellEvents(SubmitCode command, ICellOutput output, HashSet<string> shown)
{
    private readonly Lock _gate = new();
    private MimeBundle? _value;
    private CommandFailed? _failure;

    /// <summary>The cell.</summary>
    internal SubmitCode Command => command;

    /// <summary>True once the cell has ended.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>How the cell ended.</summary>
    internal CellOutcome Outcome => _failure is null ? new CellSuccess(_value) : Failure(_failure);

    /// <summary>Says that the cell has ended.</summary>
    internal void End() => HasEnded = true;

    /// <summary>Takes an event of the engine; those of questions beside the cell are left alone.</summary>
    internal void Take(KernelEvent said)
    {
        if (!IsOfCell(said.Command))
            return;
        lock (_gate)
        {
            switch (said)
            {
                case ReturnValueProduced value:
                    // Only the last value is the cell's own; earlier ones are shown where they arise.
                    ShowValue();
                    _value = Bundle(value);
                    break;

                // An update of what was never shown: DisplayExtensions.Display returns another object than the one it shows.
                case DisplayedValueUpdated update when shown.Contains(update.ValueId):
                    output.Update(Bundle(update), update.ValueId);
                    break;
                case DisplayedValueProduced or DisplayedValueUpdated:
                    ShowValue();
                    var display = (DisplayEvent)said;
                    if (display.ValueId is { } id)
                        shown.Add(id);
                    output.Show(Bundle(display), display.ValueId);
                    break;
                case StandardOutputValueProduced or StandardErrorValueProduced:
                    output.Print(((DisplayEvent)said).FormattedValues.First().Value, said is StandardErrorValueProduced);
                    break;
                case CommandFailed failure:
                    _failure ??= failure;
                    break;
            }
        }
    }

    private void ShowValue()
    {
        if (_value is not null)
            output.Show(_value);
        _value = null;
    }

    private bool IsOfCell(KernelCommand? said)
    {
        while (said is not null && said != command)
            said = said.Parent;
        return said is not null;
    }

    private static MimeBundle Bundle(DisplayEvent said) => new(
        new Dictionary<string, string>(said.FormattedValues.Select(v => KeyValuePair.Create(v.MimeType, v.Value))));

    private static CellFailure Failure(CommandFailed failure)
    {
        string[] lines = [.. failure.Message.Split('\n').Select(l => AfterProject(l.TrimEnd('\r'))).SkipWhile(string.IsNullOrWhiteSpace)];
        return failure.Exception switch
        {
            null => new CellFailure("Error", lines.FirstOrDefault("The cell failed."), lines),
            Microsoft.DotNet.Interactive.CodeSubmissionCompilationErrorException => new CellFailure("CompilationError", lines[0], lines),
            var e => new CellFailure(e.GetType().FullName!, e.Message.Split('\n')[0].TrimEnd('\r'), ExceptionReport.Trace(e)),
        };
    }

    // NuGet names the project that was made for the restore and is gone.
    private static string AfterProject(string line)
    {
        const string Project = "Project.fsproj : ";
        int end = line.IndexOf(Project, StringComparison.Ordinal);
        return end < 0 ? line : line[(end + Project.Length)..];
    }
}
