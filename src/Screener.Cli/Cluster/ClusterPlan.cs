using static System.FormattableString;

namespace Screener.Cli.Cluster;

/// <summary>The jobs of some work, with what they need.</summary>
/// <remarks>Rates are those of notebooks/SCALE.md; a job may take three times as long.</remarks>
/// <param name="output">The folder of the results.</param>
/// <param name="cases">How many CTs there are.</param>
/// <param name="parts">How many parts each array has.</param>
/// <param name="steps">Training steps of a network.</param>
internal sealed class ClusterPlan(string output, int cases, int parts, int steps)
{
    // On one thread, of a thin chest CT (512 x 512 x 300); a training step with two.
    private const double ImportSeconds = 3, PrepareSeconds = 3, ScreenSeconds = 15, CountSeconds = 3, StepSeconds = 0.3;
    private const double Slack = 3, LeastHours = 0.5;
    private const int CtGb = 6, NetworkGb = 8, MergeGb = 4;

    /// <summary>What can be planned, and what is named for it.</summary>
    internal static readonly string[] Works = ["screen", "import", "train", "ablate", "baselines"];

    /// <summary>The jobs, each after those that it needs.</summary>
    /// <param name="work">One of <see cref="Works"/>.</param>
    /// <param name="inputs">CTs; a dataset and its folder; a grid.</param>
    /// <param name="data">What a trained model is evaluated on; empty for nothing.</param>
    internal IReadOnlyList<ClusterJob> Of(string work, IReadOnlyList<string> inputs, IReadOnlyList<string> data) => work switch
    {
        "import" => InParts("import", ["import", .. inputs, "--out", output], CtGb, ImportSeconds * cases, output),
        "train" => Train(inputs, data),
        "ablate" => Shared("ablate", ["ablate", .. inputs, "--output", output]),
        "baselines" => Shared("baselines", ["baselines", .. inputs, "--out", output]),
        _ => InParts("screen", ["screen", .. inputs, "--out", output + "/", "--threads", "1"], CtGb, ScreenSeconds * cases, output),
    };

    private List<ClusterJob> Train(IReadOnlyList<string> inputs, IReadOnlyList<string> data)
    {
        string prepared = $"{output}/prepared", model = $"{output}/model.screener", results = $"{output}/results.json";
        string descriptor = $"{output}/descriptor.network", condition = $"{output}/condition.network";
        List<ClusterJob> jobs =
        [
            .. InParts("prepare", ["prepare", .. inputs, "--out", prepared], CtGb, PrepareSeconds * cases, prepared),
            Network("descriptor", ["pretrain", "descriptor", "--volumes", prepared, "--out", descriptor, "--steps", Invariant($"{steps}")]),
            Network("condition", ["pretrain", "condition", "--volumes", prepared, "--out", condition, "--steps", Invariant($"{steps}")]),
            Network(
                "fit", ["fit", "--descriptor", descriptor, "--condition-model", condition, "--volumes", prepared, "--out", model],
                "descriptor", "condition"),
        ];
        if (data.Count == 0)
            return jobs;
        var evaluation = InParts(
            "evaluate", ["evaluate", "--model", model, "--data", string.Join(',', data), "--out", results], CtGb, ScreenSeconds * cases,
            results, "fit");
        return [.. jobs, .. evaluation,
            new ClusterJob("report", ["report", results, "--out", $"{output}/report.html"], 0, 1, MergeGb, LeastHours, "evaluate-merge")];
    }

    private ClusterJob Network(string name, IReadOnlyList<string> line, params string[] after) => new(
        name, line, 0, 2, NetworkGb, Math.Max(LeastHours, Math.Ceiling(Slack * StepSeconds * steps / 3600)),
        after.Length > 0 ? after : ["prepare-merge"]);

    private List<ClusterJob> Shared(string work, IReadOnlyList<string> line)
    {
        double hours = Math.Max(LeastHours, Math.Ceiling(Slack * StepSeconds * steps / 3600));

        // What is shared is made for a number of threads: the same on every machine.
        line = [.. line, "--threads", "1"];
        return
        [
            new ClusterJob($"{work}-shared", [.. line, "--shared"], 0, 2, NetworkGb, Math.Ceiling(10 * hours)),
            new ClusterJob(work, line, parts, 1, NetworkGb, hours, $"{work}-shared"),
            new ClusterJob($"{work}-merge", ["merge", output], 0, 2, NetworkGb, hours, work),
        ];
    }

    private List<ClusterJob> InParts(
        string name, IReadOnlyList<string> line, int memoryGb, double seconds, string results, params string[] after) =>
    [
        new ClusterJob(name, line, parts, 1, memoryGb, Math.Max(LeastHours, Math.Ceiling(Slack * seconds / parts / 3600)), after),
        new ClusterJob(
            $"{name}-merge", ["merge", results], 0, 1, name == "evaluate" ? CtGb : MergeGb,
            name == "evaluate" ? Math.Max(LeastHours, Math.Ceiling(Slack * CountSeconds * cases / 3600)) : LeastHours, name),
    ];
}
