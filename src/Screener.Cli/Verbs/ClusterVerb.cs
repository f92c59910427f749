using System.CommandLine;
using Screener.Cli.Cluster;
using Screener.Errors;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Prints the script that hands work to a cluster.</summary>
internal sealed class ClusterVerb() : Verb(
    "cluster",
    "Print a script that submits work to Slurm or Kubernetes: arrays for CTs and cells, single jobs for networks, each after what it "
    + "needs, with memory and time from measured rates. It submits nothing itself.",
    "screener cluster slurm screen studies --out results --cases 30000 --parts 200 > submit.sh",
    "screener cluster slurm train cache/nlst cache/amos --data cache/lidc --out work --cases 32000 --parts 100",
    "screener cluster slurm ablate quick --out quick --parts 12",
    "screener cluster kubernetes screen studies --out results --image registry/screener:1")
{
    private readonly Argument<string> _engine = new("engine") { Description = "slurm or kubernetes." };
    private readonly Argument<string> _work = new("work") { Description = $"What is done: {string.Join(", ", ClusterPlan.Works)}." };
    private readonly Argument<string[]> _inputs = new("inputs")
    {
        Description = "What it is done with: CTs; for import a dataset's name and folder; for ablate a grid.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string> _out = Parsing.Required("--out", "folder", "The folder of the results.", "-o");
    private readonly Option<string?> _data = Parsing.Text(
        "--data", "folders", "train: what the model is evaluated on, with commas; nothing if not given.");
    private readonly Option<int> _parts = Parsing.Whole("--parts", "n", 10, "Parts of each array.");
    private readonly Option<int> _cases = Parsing.Whole("--cases", "n", 1000, "How many CTs there are; the time asked for depends on it.");
    private readonly Option<int> _steps = Parsing.Whole("--steps", "n", 10_000, "Training steps of a network.");
    private readonly Option<string> _image = new("--image")
    {
        Description = "kubernetes: the image of environment/Dockerfile.", HelpName = "name", DefaultValueFactory = _ => "screener",
    };
    private readonly Option<string> _claim = new("--claim")
    {
        Description = "kubernetes: the claim of the volume with everything, mounted at /data.", HelpName = "name",
        DefaultValueFactory = _ => "data",
    };

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_engine, _work, _inputs, _out, _data, _parts, _cases, _steps, _image, _claim];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_inputs.Name, line.GetValue(_inputs) ?? []).Read(_data.Name, line.GetValue(_data)?.Split(',') ?? [])
        .Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string engine = line.GetRequiredValue(_engine), work = line.GetRequiredValue(_work);
        string[] inputs = line.GetValue(_inputs) ?? [];
        if (engine is not ("slurm" or "kubernetes"))
            throw new OptionException(_engine.Name, $"'{engine}'", "slurm or kubernetes");
        if (!ClusterPlan.Works.Contains(work))
            throw new OptionException(_work.Name, $"'{work}'", string.Join(", ", ClusterPlan.Works));
        if (inputs.Length == 0 && work != "baselines")
            throw new OptionException(_inputs.Name, "nothing", $"what {work} is done with", $"See 'screener {work} --help'.");
        foreach (var option in new[] { _parts, _cases, _steps })
            OptionException.ThrowIfOutside(option.Name, line.GetValue(option), 1, 100_000_000);
        var plan = new ClusterPlan(
            Path.TrimEndingDirectorySeparator(line.GetRequiredValue(_out)), line.GetValue(_cases), line.GetValue(_parts),
            line.GetValue(_steps));
        var jobs = plan.Of(work, inputs, line.GetValue(_data)?.Split(',') ?? []);
        string script = engine == "slurm" ? SlurmScript.Of(jobs)
            : KubernetesScript.Of(jobs, line.GetRequiredValue(_image), line.GetRequiredValue(_claim));
        return new VerbResult(new { ok = true, jobs, script }, script.TrimEnd('\n'));
    }
}
