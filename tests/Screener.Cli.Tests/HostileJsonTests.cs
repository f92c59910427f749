using Screener.Cli.Verbs;
using Screener.Errors;
using Screener.Models;
using Screener.Randomness;
using Screener.Storage;
using Screener.Tests.Ablations;
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
        File.WriteAllText(file, """{"seed":1,"seed":2}""");
        Assert.Throws<OptionException>(() => OptionsFile.Over(DensityFittingOptions.Quick, file));
    }

    [Fact]
    public void HeadersThatAreDescribed()
    {
        string file = _folder["a.network"];
        using var network = new DescriptorModel(TinyTraining.Descriptor.Network, new RandomStream(1));
        NetworkFile.Write(file, TinyTraining.Descriptor, network, []);
        HostileJson.CheckEntry(file, "header.json", f => ArchiveDescription.Describe(f), 5);
    }
}
