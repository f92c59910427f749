using System.Text.Json;
using Screener.Datasets;
using Screener.Evaluation;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using Screener.Tests.Datasets;
using Screener.Tests.Training;

namespace Screener.Cli.Tests;

/// <summary>From the raw files of each benchmark to its row beside the paper's, with a command for each step.</summary>
[Collection(TorchCollection.Name)]
public sealed class DatasetsToReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lidc-idri", false)]
    [InlineData("midrc-ricord-1a", false)]
    [InlineData("kits21", true)]
    [InlineData("lits", true)]
    public async Task FromRawFilesToThePapersTable(string dataset, bool hasOrgan)
    {
        WriteRaw(dataset);
        using (var model = TinyTraining.Model())
            model.Save(_folder["tiny.screener"]);
        var check = await Run("data check", dataset, _folder["raw"]);
        Assert.Equal((2, false), (check.GetProperty("ready").GetInt32(), check.GetProperty("complete").GetBoolean()));
        Assert.Contains("1,547", check.GetProperty("summary").GetString());
        var imported = await Run("import", dataset, _folder["raw"], "--out", _folder["cache"]);
        Assert.Equal(
            (2, 2, 0),
            (imported.GetProperty("prepared").GetInt32(), imported.GetProperty("made").GetInt32(),
                imported.GetProperty("kept").GetInt32()));
        Assert.Contains("1,820", imported.GetProperty("note").GetString());
        Assert.Equal(2, (await Run("import", dataset, _folder["raw"], "--out", _folder["cache"])).GetProperty("kept").GetInt32());
        await Run(
            "evaluate", "--dataset", DatasetCatalogue.Find(dataset).Aliases.FirstOrDefault() ?? dataset, "--data", _folder["cache"],
            "--model", _folder["tiny.screener"], "--train-data", _folder["cache"],
            "--bootstrap", "30", "--heads", "none,masking-invariant", "--pictures", _folder["pictures"], "--out", _folder["r.json"]);

        var result = Assert.Single(CohortEvaluationFile.Read(_folder["r.json"]));
        Assert.Equal((dataset, null, dataset), (result.Cohort, result.CohortSeed, result.Dataset.Id));
        Assert.Equal(["none + gaussian", "masking-invariant + gaussian", "HU", "HU + position"], result.Methods.Select(m => m.Name));
        var cache = HuCache.Open(_folder["cache"]);
        foreach (var method in result.Methods)
        {
            Assert.Equal(cache.CaseIds, method.Body.PerCase.Select(c => c.CaseId));
            Assert.Equal(cache.Cases.Select(c => c.LesionVoxels), method.Body.PerCase.Select(c => c.PositiveVoxels));
            Assert.Equal(hasOrgan, method.Organ is not null);
            Assert.InRange(method.Body.Auroc.Value!.Value, 0, 1);
        }

        // The lesions are denser than all else: densities alone find them.
        Assert.InRange(result.Methods[2].Body.Auroc.Value!.Value, 0.95, 1);
        Assert.Equal(new DatasetImportOptions(), result.ImportedWith);
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_folder["tiny.screener"]))),
            result.Models[0].Sha256);
        Assert.True(result.Cost is { ScreeningSeconds: > 0, PeakMemoryBytes: > 0 } && result.Libraries.Count > 2);

        // The protocol in the results, run as notebooks run it, gives the same numbers.
        File.WriteAllText(_folder["protocol.json"], result.Protocol!.ToJson());
        var again = Assert.Single(EvaluationProtocol.Read(_folder["protocol.json"]).Run(
            new ComputeOptions { Device = "cpu", Threads = 1, Precision = ComputePrecision.Float32 }, null, null,
            TestContext.Current.CancellationToken));
        Assert.Equal(
            result.Methods.Select(m => StoredJson.Write(m.Body).GetRawText()),
            again.Methods.Select(m => StoredJson.Write(m.Body).GetRawText()));

        await Run("report", _folder["r.json"], "--pictures", _folder["pictures"], "--out", _folder["report.html"]);
        string html = File.ReadAllText(_folder["report.html"]);
        var paper = DatasetCatalogue.PaperRows(result.Dataset).Single(r => r.Method == "MSFlow");
        foreach (string text in (string[])[result.Dataset.Name, "1,547", "1,820",
            "paper: MSFlow</td><td class=\"number\">" + paper.Auroc.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
            "here: none + gaussian", "data:image/png"])
            Assert.Contains(text, html);
        var wrong = await CommandLine.RunAsync(
            "evaluate", "--dataset", "nlst", "--data", _folder["cache"], "--model", _folder["tiny.screener"], "--out", _folder["no"]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains($"holds {dataset}", wrong.Error);
    }

    [Fact]
    public async Task AnImportedPhantomIsThePhantom()
    {
        using (var model = TinyTraining.Model())
            model.Save(_folder["tiny.screener"]);
        await Run("phantom", "--out", _folder["ph"], "--cohort", "lung-nodules", "--cases", "1");
        await Run("import", "lung-nodules", _folder["ph/lung-nodules"], "--out", _folder["cache"]);
        await Run(
            "evaluate", "--data", $"{_folder["ph/lung-nodules"]},{_folder["cache"]}", "--model", _folder["tiny.screener"], "--heads",
            "none", "--bootstrap", "0", "--out", _folder["r.json"]);
        var results = CohortEvaluationFile.Read(_folder["r.json"]);
        Assert.Equal(["lung-nodules", "phantom-lung-nodules"], results.Select(r => r.Cohort));
        var (a, b) = (results[0].Methods[0], results[1].Methods[0]);
        Assert.Equal(
            (a.Body.Auroc, a.Body.AuproAtLimit, a.Organ!.AurocAtLimit), (b.Body.Auroc, b.Body.AuproAtLimit, b.Organ!.AurocAtLimit));
        Assert.Equal(results[0].Dataset.Id, results[1].Dataset.Id);

        // Training volumes made of the cache are those made of the raw files.
        await Run("prepare", _folder["ph/lung-nodules"], "--out", _folder["p1"], "--profile", "quick");
        await Run("prepare", _folder["cache"], "--out", _folder["p2"], "--profile", "quick");
        PreparedCohort p1 = PreparedCohort.Read(_folder["p1"]), p2 = PreparedCohort.Read(_folder["p2"]);
        Assert.Equal(p1.Load(p1.Cases[0]).Intensities, p2.Load(p2.Cases[0]).Intensities);
        var info = await Run("info", _folder["cache/volumes/case_000.hu"]);
        Assert.Equal("RAS", info.GetProperty("orientation").GetString());
    }

    private void WriteRaw(string dataset)
    {
        const string Nifti = """
            affine = np.array([[-4., 0, 0, 80], [0, -4, 0, 70], [0, 0, 5, -30], [0, 0, 0, 1]])
            for n in (0, 1):
                hu, lesion = body(d=12, seed=n)
                labels = np.where(lesion, 2, np.where((hu > 20), 1, 0)).astype(np.uint8)
                image, mask = NAMES
                nifti(at(image.format(n=n)), hu, affine)
                nifti(at(mask.format(n=n)), labels, affine, np.uint8)
            """;
        switch (dataset)
        {
            case "kits21":
                RawData.Write(
                    _folder, Nifti.Replace(
                        "NAMES", "'kits21/data/case_{n:05d}/imaging.nii.gz', 'kits21/data/case_{n:05d}/aggregated_MAJ_seg.nii.gz'"),
                        "nibabel");
                break;
            case "lits":
                RawData.Write(
                    _folder, Nifti.Replace("NAMES", "'Training Batch 1/volume-{n}.nii', 'Training Batch 1/segmentation-{n}.nii'"),
                    "nibabel");
                break;
            case "lidc-idri":
                RawData.Write(_folder, RawData.LidcXml + "\n" + """
                    for n in (1, 2):
                        hu, lesion = body(d=12, seed=n)
                        folder = f'LIDC-IDRI-{n:04d}/study/{n}'
                        series(folder, hu, uid(1, n), f'LIDC-IDRI-{n:04d}')
                        full = [(f'{uid(1, n)}.{d + 1}', ring(11, 16, 16, 20)) for d in (5, 6, 7)]
                        open(at(folder, 'x.xml'), 'w').write(lidc_xml(uid(1, n), [[full]] * 4))
                    """, "pydicom");
                break;
            default:
                RawData.Write(_folder, """
                    drawn, square = [], [[11, 16], [16, 16], [16, 20], [11, 20]]
                    for n in (1, 2):
                        hu, lesion = body(d=12, seed=n)
                        series(f'MIDRC-RICORD-1A-{n}/study/{n}', hu, uid(2, n), f'MIDRC-RICORD-1A-{n}')
                        for d in (5, 6, 7):
                            drawn.append({'labelId': 'L', 'SeriesInstanceUID': uid(2, n),
                                'SOPInstanceUID': f'{uid(2, n)}.{d + 1}', 'data': {'vertices': square}})
                    groups = [{'labels': [{'id': 'L', 'name': 'Infectious opacity', 'scope': 'INSTANCE'}]}]
                    json.dump({'labelGroups': groups, 'datasets': [{'annotations': drawn}]}, open(at('a.json'), 'w'))
                    """, "pydicom");
                break;
        }
    }

    private static async Task<JsonElement> Run(string verb, params string[] arguments)
    {
        var run = await CommandLine.RunAsync(
            [.. verb.Split(' '), .. arguments, "--json", "--quiet", "--threads", "1", "--precision", "float32"]);
        Assert.True(run.ExitCode == 0, $"{verb}: {run.Error}");
        return run.Json();
    }
}
