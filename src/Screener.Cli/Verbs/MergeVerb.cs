using System.CommandLine;
using Screener.Studies;

namespace Screener.Cli.Verbs;

/// <summary>Puts the parts of a screening together.</summary>
internal sealed class MergeVerb() : Verb(
    "merge",
    "Put the parts of a screening together that --part made: proves that none is missing and writes the tables, the same bytes that one "
    + "screening of all would have written.",
    "screener merge results/")
{
    private readonly Argument<string> _folder = new("folder") { Description = "What --out named." };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_folder];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths.Write(_folder.Name, line.GetValue(_folder));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string folder = line.GetRequiredValue(_folder);
        return ScreenedFolder.Told(StudyMerge.Merge(folder, cancellation), folder, null, context.Activities);
    }
}
