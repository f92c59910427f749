using System.Diagnostics;
using Screener.Ablations;
using Screener.Annotations;
using Screener.Datasets;
using Screener.Errors;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.PyTorch;
using Screener.Storage;
using Screener.SyntheticLesions;
using Screener.Training;

namespace Screener.Tests.Storage;

/// <summary>Pipes that nobody writes to, and files that claim more than anybody has.</summary>
[Collection(WholeProcessCollection.Name)]
public sealed class InputFileTests : IDisposable
{
    private static readonly Dictionary<string, Action<string>> Readers = new()
    {
        ["ct.nii"] = path => CtReaders.All().Read(path),
        ["ct"] = path => CtReaders.All().Read(path),
        ["labels.nii.gz"] = path => NiftiVolumeReader.ReadLabels(path),
        ["slice.dcm"] = path => new DicomSeriesReader().ReadSeries(path),
        ["series.zip"] = path => new DicomSeriesReader().ReadSeries(path),
        ["cached.hu"] = path => HuVolume.Open(path).Dispose(),
        ["volume.prep"] = path => PreparedVolumeFile.Read(path),
        ["prepared.json"] = path => PreparedCohort.Read(path),
        ["cache.json"] = path => HuCache.Open(path),
        ["cohort.json"] = path => CohortManifest.Read(path),
        ["results.json"] = path => CohortEvaluationFile.Read(path),
        ["protocol.json"] = path => EvaluationProtocol.Read(path),
        ["053.xml"] = path => LidcXmlReader.Read(path),
        ["mdai.json"] = path => MdaiAnnotations.Read(path),
        ["grid.json"] = path => AblationGrid.Read(path),
        ["cell.json"] = path => AblationResultFile.Read(path),
        ["comparison.json"] = path => AblationSummary.Read(path),
        ["cache.pseudonyms.json"] = path => Pseudonyms.Apply([], path[..^".pseudonyms.json".Length], isNew: false),
        ["model.screener"] = path => TensorArchive.Read(path).Dispose(),
        ["a.network"] = path => NetworkFile.ReadHistory(path),
        ["lesions.network"] = path => LesionNetworkFile.Read(path).Dispose(),
        ["a.checkpoint"] = path => TrainingRun.PrecisionOf(path),
        ["checkpoint.pt"] = path => PublishedCheckpoint.ReadDescriptor(path, PublishedCheckpointOptions.Paper),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names() => [.. Readers.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ANamedPipeIsRefusedAndNotWaitedFor(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "named pipes are no files there");
        using (var make = Process.Start("mkfifo", _folder[name]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        var reading = Task.Run(
            () => Assert.ThrowsAny<ScreenerException>(() => Readers[name](_folder[name])), TestContext.Current.CancellationToken);
        var error = await reading.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Contains("a named pipe", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ASparseFileOfThreeGigabytesIsRefused(string name)
    {
        using (var file = File.Create(_folder[name]))
            file.SetLength(3L << 30);
        long before = GC.GetTotalAllocatedBytes();
        Assert.ThrowsAny<ScreenerException>(() => Readers[name](_folder[name]));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
    }

    [Fact]
    public void WhatAPathLeadsToIsTold()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other devices there");
        File.WriteAllText(_folder["file"], "x");
        File.CreateSymbolicLink(_folder["link"], "/dev/null");
        Assert.Equal(
            [null, null, null, "a device", "a device"],
            new[] { _folder["file"], _folder.FullName, _folder["absent"], "/dev/null", _folder["link"] }.Select(InputFile.SpecialKind));
    }
}
