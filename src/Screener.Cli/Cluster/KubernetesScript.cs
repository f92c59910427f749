using System.Text;
using System.Text.Json;
using static System.FormattableString;

namespace Screener.Cli.Cluster;

/// <summary>A script that hands jobs to Kubernetes one after the other and waits for each, as Kubernetes knows no dependences.</summary>
internal static class KubernetesScript
{
    internal static string Of(IReadOnlyList<ClusterJob> jobs, string image, string claim)
    {
        var text = new StringBuilder(
            """
            #!/usr/bin/env bash
            # Checked against the types of batch/v1, never run on a cluster. Paths lie in the volume that the claim names, mounted at /data.
            set -euo pipefail


            """.ReplaceLineEndings("\n"));
        foreach (var job in jobs)
        {
            text.Append(Invariant($"kubectl apply -f - <<'YAML'\n{Manifest(job, image, claim)}YAML\n"))
                .Append(Invariant($"kubectl wait --for=condition=complete --timeout={(int)(job.Hours * 3600 * 2)}s "))
                .Append(Invariant($"job/screener-{job.Name}\n\n"));
        }

        return text.ToString();
    }

    private static string Manifest(ClusterJob job, string image, string claim)
    {
        string divided = job.Parts == 0 ? ""
            : Invariant($"\n  completions: {job.Parts}\n  parallelism: {job.Parts}\n  completionMode: Indexed\n  backoffLimitPerIndex: 3");
        string variables = job.Parts == 0 ? ""
            : Invariant($"\n          env: [{{ name: JOB_COMPLETIONS, value: \"{job.Parts}\" }}]");
        string line = JsonSerializer.Serialize(job.Line);
        return Invariant(
            $$"""
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: screener-{{job.Name}}
            spec:{{divided}}
              template:
                spec:
                  activeDeadlineSeconds: {{(int)(job.Hours * 3600)}}
                  restartPolicy: Never
                  containers:
                    - name: screener
                      image: {{image}}
                      command: ["/screener/environment/screener"]
                      args: {{line}}
                      workingDir: /data{{variables}}
                      resources:
                        requests: { cpu: "{{job.Threads}}", memory: {{job.MemoryGb}}Gi }
                        limits: { memory: {{job.MemoryGb}}Gi }
                      volumeMounts: [{ name: data, mountPath: /data }]
                  volumes: [{ name: data, persistentVolumeClaim: { claimName: {{claim}} } }]

            """).ReplaceLineEndings("\n");
    }
}
