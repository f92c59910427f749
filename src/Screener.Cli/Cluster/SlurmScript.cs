using System.Text;
using static System.FormattableString;

namespace Screener.Cli.Cluster;

/// <summary>A script that submits jobs to Slurm, each after those that it needs.</summary>
internal static class SlurmScript
{
    internal static string Of(IReadOnlyList<ClusterJob> jobs)
    {
        var text = new StringBuilder(
            """
            #!/usr/bin/env bash
            # Submits the jobs and prints their numbers. SCREENER says how the program is called on the nodes, for example
            # "apptainer run screener.sif"; SBATCH_* variables and SBATCH_OPTIONS add account, partition and the like.
            # A part that was killed or requeued goes on where it stopped; --part i/n is the default within an array.
            set -euo pipefail
            screener=${SCREENER:-screener}
            submit() { sbatch --parsable --requeue --kill-on-invalid-dep=yes ${SBATCH_OPTIONS:-} "$@" | cut -d';' -f1; }


            """.ReplaceLineEndings("\n"));
        foreach (var job in jobs)
        {
            var minutes = TimeSpan.FromHours(job.Hours);
            string after = job.After.Count == 0 ? ""
                : " --dependency=afterok:" + string.Join(':', job.After.Select(a => "$" + Variable(a)));
            string array = job.Parts > 0 ? Invariant($" --array=1-{job.Parts}") : "";
            string line = string.Join(' ', job.Line.Select(ClusterJob.Quoted));
            text.Append(Invariant($"{Variable(job.Name)}=$(submit --job-name={job.Name}{array}{after} --cpus-per-task={job.Threads} "))
                .Append(Invariant($"--mem={job.MemoryGb}G --time={(int)minutes.TotalHours}:{minutes.Minutes:00}:00 \\\n"))
                .Append(Invariant($"    --output={job.Name}-%{(job.Parts > 0 ? "A_%a" : "j")}.log "))
                .Append(Invariant($"--wrap \"exec $screener {Escaped(line)}\")\n"))
                .Append(Invariant($"echo \"{job.Name} ${Variable(job.Name)}\"\n\n"));
        }

        return text.ToString();
    }

    private static string Variable(string name) => name.Replace('-', '_');

    private static string Escaped(string line) => string.Concat(line.Select(c => "\"\\$`".Contains(c) ? "\\" + c : $"{c}"));
}
