using System.CommandLine;
using System.Text.Json;
using Screener.Ablations;
using Screener.Errors;
using Screener.Reporting;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Runs a grid of ablations.</summary>
internal sealed class AblateVerb() : Verb(
    "ablate",
    "Compare descriptors, conditions and densities: train and fit every combination of a grid over several seeds, evaluate it, and say "
    + "what is better by how much; goes on where it was stopped.",
    "screener ablate quick --train-data phantoms/train --data phantoms/lung-nodules,phantoms/liver-tumours --output ablation",
    "screener ablate --print-grid quick",
    "screener ablate grid.json --output ablation --dry-run")
{
    private readonly Argument<string?> _grid = new("grid")
    {
        Description = "A grid's JSON file, or the name of one that comes with the program.", Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _output = Parsing.Text(
        "--output", "folder",
        "The folder for everything that is made: networks, kept features, a JSON for each cell, the comparison.", "--out", "-o");
    private readonly Option<string?> _training = Parsing.Text(
        "--train-data", "folders", "The CTs for training, with commas, in place of the grid's.", "--train-cohort");
    private readonly Option<string?> _data = Parsing.Text(
        "--data", "folders", "The test cohorts, with commas, in place of the grid's.", "--cohorts");
    private readonly Option<int> _parallel = Parsing.Whole(
        "--parallel", "n", 0, "Cells at a time; 0 means one per thread. Changes no number.");
    private readonly Option<string?> _part = Parts.Option("Many cells");
    private readonly Option<bool> _shared = new("--shared")
    {
        Description = "Only what cells share: volumes, networks, kept features. Before --part, on one machine.",
    };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "List the cells and which are done, and do nothing." };
    private readonly Option<string?> _print = Parsing.Text(
        "--print-grid", "name",
        $"Print a grid that comes with the program and do nothing: {string.Join(", ", AblationGrid.ShippedNames)}. "
        + "Beside its combinations a grid may have 'baselines' (name, kind, options) and finished 'models' (name, file, method, overlap).");

    /// <inheritdoc/>
    internal override bool IsResumable => true;

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_grid, _output, _training, _data, _parallel, _part, _shared, _dryRun, _print];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths)
    {
        if (line.GetValue(_print) is not null || line.GetValue(_dryRun))
            return;
        var grid = GridOf(line);
        paths.Read(_grid.Name, line.GetValue(_grid)).Read(_grid.Name, grid.Models.Select(m => m.File))
            .Read(_training.Name, grid.TrainingData).Read(_data.Name, grid.TestData)
            .Write(_output.Name, line.GetValue(_output));
    }

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        if (line.GetValue(_print) is { } name)
            return OptionsFile.Print(AblationGrid.Shipped(name));
        var grid = GridOf(line);
        string folder = Given(line, _output, "a folder");
        var run = new AblationRun { Compute = context.Networks(), Parallel = line.GetValue(_parallel), Logger = context.Activities };
        if (line.GetValue(_dryRun))
            return List(AblationRunner.List(grid, folder, run));
        var part = line.GetValue(_shared) ? null : Parts.Of(line, _part, context.Activities);
        if (part is not null)
            PartState.Begin(folder, part);
        run = run with { Part = part, OnlyShared = line.GetValue(_shared) };
        return Run(grid, folder, run, context, cancellation);
    }

    /// <summary>Puts the parts of a grid together.</summary>
    internal static VerbResult Merge(string folder, VerbContext context, CancellationToken cancellation)
    {
        var state = PartState.ReadComplete(folder, "cells", null, cancellation)[0];
        var grid = AblationGrid.Parse(state.Content.GetRawText(), PartState.FolderOf(folder));
        var run = new AblationRun { Compute = context.Networks(), Logger = context.Activities };
        if (AblationRunner.List(grid, folder, run).FirstOrDefault(c => c.File is null) is { Cell: { } cell })
        {
            throw new MissingInputException(
                folder, $"{cell.Name}, run in another precision or on other data", "all cells of one grid",
                "Say the same --precision, or run the parts again.");
        }

        return Run(grid, folder, run, context, cancellation);
    }

    private static VerbResult Run(
        AblationGrid grid, string folder, AblationRun run, VerbContext context, CancellationToken cancellation)
    {
        IReadOnlyList<AblationResult> results;
        using (var stages = new StageActivities(context.Activities))
        {
            // Cells run together: how far one of them is says little of all.
            var progress = new Relay<AblationProgress>(p =>
                stages.Report(p.IsCell ? "Cells" : p.Now, p.IsCell ? (double)p.Done / p.Cells : p.Fraction, Describe(p)));
            results = AblationRunner.Run(grid, folder, run with { Progress = progress }, cancellation);
        }

        if (run.OnlyShared)
            return new VerbResult(new { ok = true, folder }, $"{folder}: what cells share is there; now run them with --part i/n");
        if (run.Part is { } part)
        {
            PartState.Write(
                folder, part, "ablate", grid, run.Compute.Precision.ToString(),
                results.Select(r => new PartItem(r.Cell.Name, $"cells/{r.Key}.json")), JsonElement.Parse(grid.ToJson()));
            return new VerbResult(
                new { ok = true, folder, part = $"{part}", cells = results.Select(r => r.Cell) },
                Parts.Done(part, folder, Invariant($"{results.Count} cells.")));
        }

        var summary = AblationSummary.Of(grid, results, cancellation);
        string comparison = Path.Combine(folder, "comparison.json"), report = Path.Combine(folder, "report.html");
        summary.Write(comparison);
        DocumentPage.Save(AblationReport.Of(summary, results), report);
        return new VerbResult(
            new
            {
                ok = true,
                comparison,
                report,
                cells = results.Select(r => new { r.Cell, file = Path.Combine(folder, "cells", r.Key + ".json"), r.Cost }),
                summary.Averages,
                summary.Orderings,
                sentences = AblationComparison.Sentences(summary.Comparisons),
                peakMemoryBytes = ProcessMemory.PeakBytes,
            },
            [
                AblationReport.Means(summary),
                .. summary.Orderings.Count > 0 ? [AblationReport.Orderings(summary)] : Array.Empty<DocumentPart>(),
                AblationReport.Sentences(summary),
                new CodePart($"wrote {comparison} and {report}"),
            ]);
    }

    private AblationGrid GridOf(ParseResult line)
    {
        string file = line.GetValue(_grid)
            ?? throw new OptionException(
                _grid.Name, "nothing", "a grid's file or name",
                $"Name one of {string.Join(", ", AblationGrid.ShippedNames)}, or your own file.");
        var grid = AblationGrid.ShippedNames.Contains(file) && !File.Exists(file) ? AblationGrid.Shipped(file) : AblationGrid.Read(file);
        return grid with
        {
            TrainingData = line.GetValue(_training)?.Split(',') ?? grid.TrainingData,
            TestData = line.GetValue(_data)?.Split(',') ?? grid.TestData,
        };
    }

    private static VerbResult List(IReadOnlyList<(AblationCell Cell, string? File)> cells)
    {
        int done = cells.Count(c => c.File is not null);
        return new VerbResult(
            new { ok = true, cells = cells.Count, done, list = cells.Select(c => new { c.Cell, done = c.File is not null, c.File }) },
            TablePart.Of(["State", "Cell"], cells, c => [c.File is null ? "to do" : "done", c.Cell.Name]),
            new NotePart(Invariant($"{cells.Count} cells, {done} done")));
    }

    private static string Describe(AblationProgress p) =>
        Invariant($"{p.Done} of {p.Cells} cells, {p.Now} {Math.Floor(100 * p.Fraction):0} %")
        + (p.Remaining is { } left ? Invariant($", {left:hh\\:mm\\:ss} left") : "");
}
