using System.Text.Json;
using Screener.Cli.Verbs;
using Screener.Errors;
using Screener.Inference;
using Screener.Kernel.Installation;
using Screener.Kernel.Notebooks;
using Screener.Kernel.Protocol;
using Screener.Models;
using Screener.Randomness;
using Screener.Reporting;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Tests.Ablations;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;
using Screener.Training;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class HostileJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OptionsOfTheCommandLine()
    {
        string file = _folder["options.json"];
        File.WriteAllText(file, StoredJson.Write(TinyTraining.Descriptor).GetRawText());
        HostileJson.CheckFile(file, f => OptionsFile.Over(PretrainingOptions.Quick, f).Validate());
        File.WriteAllText(file, TinyAblation.Fitting);
        HostileJson.CheckFile(file, f => OptionsFile.Over(DensityFittingOptions.Quick, f).Validate());
        File.WriteAllText(file, StoredJson.Write(TinyLesions.Options).GetRawText());
        HostileJson.CheckFile(file, f => OptionsFile.Over(LesionNetworkOptions.Quick, f).Validate());
        File.WriteAllText(file, StoredJson.Write(new EnsembleOptions { Head = "none" }).GetRawText());
        HostileJson.CheckFile(file, f => OptionsFile.Over(new EnsembleOptions(), f).Validate());
        File.WriteAllText(file, """{"seed":1,"seed":2}""");
        Assert.Throws<OptionException>(() => OptionsFile.Over(DensityFittingOptions.Quick, file));
    }

    /// <summary>What 'screener screen --json' printed, as 'screener report --screened' reads it.</summary>
    [Fact]
    public void ScreenedCtsOfAReport()
    {
        string screened = _folder["s.json"];
        PngImage.Save(new RgbImage(2, 2), _folder["p.png"]);
        string whole = JsonSerializer.Serialize(new
        {
            ct = "ct.nii", shape = new[] { 1, 2, 3 }, head = "none", scores = new { highest = 1.5 }, nodulesAuroc = 0.5,
            picture = _folder["p.png"], seconds = 2.5, peakMemoryBytes = 1000,
        });
        HostileJson.Check(whole, text =>
        {
            File.WriteAllText(screened, text);
            ReportVerb.Screened([screened]);
        });
    }

    [Fact]
    public void NotebooksAndTheirPages() => HostileJson.Check(
        """
        {"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# T\n","![p](attachment:p.png)"],
        "attachments":{"p.png":{"image/png":"AAAA"}}},
        {"cell_type":"code","id":"b","execution_count":1,"metadata":{"tags":["x"]},"source":["1 + 1"],"outputs":[
        {"output_type":"stream","name":"stdout","text":["a"]},{"output_type":"error","ename":"E","evalue":"v","traceback":["t"]},
        {"output_type":"execute_result","execution_count":1,"metadata":{},"data":{"text/html":["<b>"],"text/plain":"x"}},
        {"output_type":"display_data","metadata":{},"data":{"application/json":{"a":[1]},"image/png":"AAAA"}}]}],
        "metadata":{"kernelspec":{"display_name":".NET (C#)","language":"C#","name":".net-csharp"},"language_info":{"name":"C#"}},
        "nbformat":4,"nbformat_minor":4}
        """,
        text => Typed(() =>
        {
            var notebook = Notebook.Parse(text);
            NotebookPage.Of(notebook, "title", _folder.FullName);
            notebook.ToJson();
        }));

    [Fact]
    public void FilesOfKernels()
    {
        string connection = _folder["c.json"], spec = _folder["kernels/screener-csharp/kernel.json"];
        ConnectionFile.OfFreePorts().Write(connection);
        HostileJson.CheckFile(connection, f => Typed(() => ConnectionFile.Read(f)));
        Directory.CreateDirectory(Path.GetDirectoryName(spec)!);

        // What cannot be understood is somebody else's.
        foreach (string text in HostileJson.Of("""{"argv":["a"],"display_name":"C#","metadata":{"screener-csharp":{"version":"1"}}}"""))
        {
            File.WriteAllText(spec, text);
            Assert.NotNull(KernelSpec.Find(_folder["kernels"], KernelSpec.OwnName));
        }
    }

    // The kernel's project refers to no other, and has errors of its own; commands make these of them.
    private static void Typed(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is NotebookException or ProtocolException)
        {
            throw new MissingInputException("file", e.Message, "a file that can be read", "Check it.", e);
        }
    }

    [Fact]
    public void HeadersThatAreDescribed()
    {
        string file = _folder["a.network"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(file, TinyTraining.Descriptor, network, []);
        HostileJson.CheckEntry(file, "header.json", f => ArchiveDescription.Describe(f, _ => { }), 5);
    }
}
