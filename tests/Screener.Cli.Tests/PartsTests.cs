using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Tests.Studies;

namespace Screener.Cli.Tests;

/// <summary>What is done in parts and put together is what one run of all does, to the byte.</summary>
[Collection(TorchCollection.Name)]
public sealed class PartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PartsTests()
    {
        SmallStudies.WriteModel(_folder);
        for (int i = 0; i < 5; i++)
        {
            SmallStudies.WriteBall(_folder[$"raw/p{i}.nii"], i);
            var grid = SmallStudies.Ball(i).Grid;
            var lesion = new byte[grid.Shape.CheckedLength()];
            for (int d = 10; d < 13; d++)
                lesion[grid.Shape.Index(d, 14, 12 + i)] = lesion[grid.Shape.Index(d, 15, 12 + i)] = 1;
            NiftiWriter.Write(_folder[$"raw/p{i}-lesion.nii.gz"], new LesionMask(grid, lesion));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(" --pseudonymise")]
    public async Task Imported(string how)
    {
        File.WriteAllText(_folder["raw/p5.nii"], "no NIfTI");
        NiftiWriter.Write(_folder["raw/p5-lesion.nii"], new LabelVolume(SmallStudies.Ball(1).Grid, new byte[24 * 32 * 32]));
        await AreTheWhole($"import pairs F/raw{how}", "1 cases missing: ", "records");
        Assert.Equal(6, Directory.GetFiles(_folder["whole/records"]).Length);
        Assert.Equal(how.Length > 0, File.Exists(_folder["parts.pseudonyms.json"]));
    }

    [Fact]
    public async Task Prepared()
    {
        File.WriteAllText(_folder["raw/p5.nii"], "no NIfTI");
        await AreTheWhole("prepare F/raw --profile quick", "1 volumes missing: ", "");
        Assert.NotEmpty(Directory.GetFiles(_folder["whole"], "*.prep"));
    }

    [Fact]
    public async Task Evaluated()
    {
        await Run("import pairs F/raw --out F/cache");
        const string Line = "evaluate --model F/m.screener --heads none --data F/cache --train-data F/cache --bootstrap 20";
        await Run(Line + " --out F/whole.json");
        await Run(Line + " --out F/parts.json --part 2/2");
        Assert.False(File.Exists(_folder["parts.json"]));
        Assert.Contains("1 parts missing: 1/2", await Refused("parts.json"));
        await Run(Line + " --out F/parts.json --part 1/2");
        string map = Directory.GetFiles(_folder["parts.json.parts"], "*.map", SearchOption.AllDirectories).Order().First();
        File.Move(map, _folder["away"]);
        Assert.Contains("1 maps missing: ", await Refused("parts.json"));
        File.Move(_folder["away"], map);
        await Run("merge F/parts.json");
        Assert.Equal(WithoutCost(_folder["whole.json"]), WithoutCost(_folder["parts.json"]));

        // So is one whose baselines are fitted on other CTs of the same names.
        await Run("import pairs F/raw --out F/train");
        await Run(Line.Replace("--train-data F/cache", "--train-data F/train") + " --out F/fitted.json --part 2/2");
        SmallStudies.WriteBall(_folder["raw/p0.nii"], 9);
        await Run("import pairs F/raw --out F/train");
        await Run(Line.Replace("--train-data F/cache", "--train-data F/train") + " --out F/fitted.json --part 1/2");
        Assert.Contains("another model or other options than part 1/2", await Refused("fitted.json"));

        // Another model is another evaluation.
        await Run("evaluate --model F/m.screener --data F/cache --bootstrap 20 --heads none --out F/parts.json --part 1/2");
        Assert.Contains("another model or other options than part 1/2", await Refused("parts.json"));
    }

    [Fact]
    public async Task AClusterScriptSubmitsThemInTheirOrder()
    {
        const string Line = "cluster slurm train F/raw --data F/cache --out F/w --parts 7 --cases 20000";
        string script = (await Run(Line)).Output;
        Assert.Contains("prepare=$(submit --job-name=prepare --array=1-7 --cpus-per-task=1 --mem=6G --time=8:00:00", script);
        Assert.Contains("prepare_merge=$(submit --job-name=prepare-merge --dependency=afterok:$prepare ", script);
        Assert.Contains("fit=$(submit --job-name=fit --dependency=afterok:$descriptor:$condition ", script);
        Assert.Contains("evaluate=$(submit --job-name=evaluate --array=1-7 --dependency=afterok:$fit ", script);
        string[] names = [.. script.Split('\n').Where(l => l.Contains("=$(submit", StringComparison.Ordinal)).Select(l => l.Split('=')[0])];
        Assert.Equal(
            ["prepare", "prepare_merge", "descriptor", "condition", "fit", "evaluate", "evaluate_merge", "report"], names);
        foreach (string wrong in new[] { "cluster pbs screen x --out y", "cluster slurm paint x --out y", "cluster slurm screen --out y" })
            Assert.Equal(2, (await CommandLine.RunAsync(wrong.Split(' '))).ExitCode);
    }

    /// <summary>Kubernetes' own types take the manifests, and nothing in them is unknown to its schema.</summary>
    [Fact]
    public async Task KubernetesKnowsEveryFieldOfItsJobs()
    {
        string script = (await Run("cluster kubernetes train F/raw --data F/cache --out F/w --parts 7 --image lab/screener:2")).Output;
        string[] manifests = [.. script.Split("<<'YAML'\n").Skip(1).Select(m => m.Split("\nYAML\n")[0])];
        Assert.Equal(manifests.Length, script.Split("kubectl wait").Length - 1);
        var jobs = manifests.Select(m => Assert.IsType<V1Job>(Assert.Single(KubernetesYaml.LoadAllFromString(m, strict: true)))).ToList();
        Assert.Equal(
            ["prepare", "prepare-merge", "descriptor", "condition", "fit", "evaluate", "evaluate-merge", "report"],
            jobs.Select(j => j.Metadata.Name["screener-".Length..]));
        Assert.All(jobs, j => Assert.Equal(("batch/v1", "Job"), (j.ApiVersion, j.Kind)));
        var prepare = jobs[0].Spec;
        Assert.Equal((7, 7, 3), (prepare.Completions, prepare.Parallelism, prepare.BackoffLimitPerIndex));
        Assert.Equal("Indexed", prepare.CompletionMode);
        Assert.Null(jobs[1].Spec.CompletionMode);
        var pod = prepare.Template.Spec;
        var container = Assert.Single(pod.Containers);
        Assert.Equal("lab/screener:2", container.Image);
        Assert.Equal("prepare", container.Args[0]);
        Assert.Equal("7", Assert.Single(container.Env).Value);
        Assert.Equal(6L << 30, container.Resources.Limits["memory"].ToInt64());
        Assert.Equal(pod.Volumes[0].Name, container.VolumeMounts[0].Name);
        Assert.Equal("data", pod.Volumes[0].PersistentVolumeClaim.ClaimName);
        Assert.True(pod.ActiveDeadlineSeconds > 0);
        string misspelt = manifests[0].Replace("completionMode", "completionModes", StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(misspelt, strict: true));
    }

    /// <summary>Results without what they took.</summary>
    internal static string WithoutCost(string file)
    {
        var results = JsonNode.Parse(File.ReadAllText(file))!;
        return Strip(results)!.ToJsonString();

        static JsonNode? Strip(JsonNode? node)
        {
            if (node is JsonObject members)
            {
                members.Remove("cost");
                foreach (var (_, member) in members)
                    Strip(member);
            }
            else if (node is JsonArray items)
            {
                foreach (var item in items)
                    Strip(item);
            }

            return node;
        }
    }

    private async Task AreTheWhole(string line, string missing, string folder)
    {
        await Run(line + " --out F/whole");
        await Run(line + " --out F/parts --part 3/3");
        await Run(line + " --out F/parts --part 1/3");
        Assert.Contains("1 parts missing: 2/3", await Refused("parts"));
        await Run(line + " --out F/parts --part 2/3");
        Assert.NotEqual(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["parts"]));
        string file = Directory.GetFiles(Path.Combine(_folder["parts"], folder)).Order().First();
        File.Move(file, _folder["away"]);
        Assert.Contains(missing, await Refused("parts"));
        File.Move(_folder["away"], file);
        await Run("merge F/parts");
        Assert.Equal(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["parts"]));
    }

    private async Task<string> Refused(string results)
    {
        var merge = await CommandLine.RunAsync("merge", _folder[results]);
        Assert.Equal((1, ""), (merge.ExitCode, merge.Output));
        return merge.Error;
    }

    private async Task<CommandLine> Run(string line)
    {
        string[] words = [.. line.Split(' ').Select(w => w.Replace("F/", _folder.FullName + "/", StringComparison.Ordinal))];
        var run = await CommandLine.RunAsync([.. words, "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(run.ExitCode == 0, $"{line}: {run.Error}");
        return run;
    }
}
