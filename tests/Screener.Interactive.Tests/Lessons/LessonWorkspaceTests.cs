using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Interactive.Lessons;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Training;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class LessonWorkspaceTests
{
    [Fact]
    public void WhatIsThereIsUsedAndChangedSettingsMakeTheirOwn()
    {
        using var folder = new TemporaryFolder();
        var settings = LessonSettings.Quick with
        {
            Artifacts = folder["lessons"], TrainingCases = 1, TestCases = 1, DescriptorSteps = 2, ConditionSteps = 2, FitSteps = 2,
        };
        var said = new List<string>();
        var workspace = new LessonWorkspace(settings, said.Add);
        using (var model = workspace.Model([new(new MaskingInvariantCondition(), GaussianDensityOptions.Quick)]))
            Assert.Equal(2, model.DescriptorOptions.Optimisation.Steps);
        Assert.Equal(
            ["making phantoms, 1 of train", "preparing volumes at 3 x 3 x 3 mm: 1"],
            said.Where(s => s.StartsWith("making", StringComparison.Ordinal) || s.StartsWith("preparing", StringComparison.Ordinal)));
        Assert.Contains(
            said, s => s.StartsWith("training the condition model: DenseVicReg, 2 steps on 1 volumes", StringComparison.Ordinal));

        said.Clear();
        using (var again = workspace.Model([new(new MaskingInvariantCondition(), GaussianDensityOptions.Quick)]))
            Assert.Single(again.Heads);
        Assert.Empty(said);

        // Other steps of the descriptor: a model of its own, from a descriptor of its own, beside the same condition model.
        using (var other = new LessonWorkspace(settings with { DescriptorSteps = 3 }, said.Add).Model(
            [new(new MaskingInvariantCondition(), GaussianDensityOptions.Quick)]))
            Assert.Equal(3, other.DescriptorOptions.Optimisation.Steps);
        Assert.Equal(
            ["training the descriptor model: DenseVicReg, 3 steps on 1 volumes", "fitting masking-invariant + gaussian: 2 steps"], said);
    }

    [Fact]
    public void AVolumeInTheMiddleThatIsAnotherADamageAndAStopAreSeen()
    {
        using var folder = new TemporaryFolder();
        var phantoms = PhantomCohortWriter.Write(folder["phantoms"], new CohortOptions
        {
            Cohort = PhantomCohort.Train, Cases = 3, Seed = 11,
            Phantom = PhantomOptions.Default with { InPlaneSpacingMin = 5, InPlaneSpacingMax = 6, SliceSpacings = [5, 6] },
        }, 2);
        var prepared = CohortPreparation.Prepare(
            [.. phantoms.Cases.Select(c => new PreparationInput(c.Id, phantoms.PathOf(c.Ct)))], folder["prepared"],
            PreprocessingOptions.Quick, LessonWorkspace.Readers, 2);
        var said = new List<string>();
        LessonWorkspace Workspace(string name) => new(
            LessonSettings.Quick with { Artifacts = folder[name], Volumes = folder["prepared"], DescriptorSteps = 3 }, said.Add);

        // Stopped after its first step and gone on with, it is what it is without a stop.
        byte[] whole = File.ReadAllBytes(Workspace("whole").DescriptorFile());
        using var stop = new CancellationTokenSource();
        var stopped = new Stopper(stop);
        Assert.ThrowsAny<OperationCanceledException>(
            () => Workspace("lessons").DescriptorFile(progress: stopped, cancellation: stop.Token));
        var rest = new Stopper(null);
        string file = Workspace("lessons").DescriptorFile(progress: rest);
        Assert.Equal((1, 2), (stopped.Steps[0], rest.Steps[0]));
        Assert.Equal(whole, File.ReadAllBytes(file));
        said.Clear();
        Assert.Equal(file, Workspace("lessons").DescriptorFile());
        Assert.Empty(said);

        File.WriteAllBytes(file, [.. whole[..^1], 1]);
        Assert.Equal(whole, File.ReadAllBytes(Workspace("lessons").DescriptorFile()));
        Assert.StartsWith("training", Assert.Single(said), StringComparison.Ordinal);
        said.Clear();

        // Of the same time, in place of the second of three.
        string[] volumes = [.. prepared.Cases.Select(c => Path.Combine(folder["prepared"], c.File))];
        var time = File.GetLastWriteTimeUtc(volumes[1]);
        File.Copy(volumes[0], volumes[1], overwrite: true);
        File.SetLastWriteTimeUtc(volumes[1], time);
        Assert.NotEqual(whole, File.ReadAllBytes(Workspace("lessons").DescriptorFile()));
        Assert.Single(said);
    }

    [Fact]
    public void ASeriesIsWrittenOnceAndAgainIfAFileOfItIsGone()
    {
        using var folder = new TemporaryFolder();
        var said = new List<string>();
        LessonWorkspace Workspace() => new(LessonSettings.Quick with { Artifacts = folder["lessons"] }, said.Add);
        string series = Workspace().PhantomDicom();
        Assert.Equal(series, Workspace().PhantomDicom());
        Assert.Single(said);
        string[] files = Directory.GetFiles(series);
        File.Delete(files[0]);
        Workspace().PhantomDicom();
        Assert.Equal(2, said.Count);
        Assert.True(File.Exists(files[0]));
    }

    [Fact]
    public void AnEmptyFolderIsEmptyAndInTheWorkspace()
    {
        using var folder = new TemporaryFolder();
        var workspace = new LessonWorkspace(LessonSettings.Quick with { Artifacts = folder["lessons"] });
        string made = workspace.EmptyFolder("raw");
        Directory.CreateDirectory(Path.Combine(made, "a"));
        File.WriteAllText(Path.Combine(made, "a", "b"), "left by an earlier run");
        Assert.Equal(made, workspace.EmptyFolder("raw"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(made));
        File.WriteAllText(folder["mine"], "kept");
        foreach (string name in (string[])["", ".", "..", "../mine", folder["lessons"]])
            Assert.Throws<OptionException>(() => workspace.EmptyFolder(name));
        Assert.True(File.Exists(folder["mine"]));
    }

    [Fact]
    public void AMissingModelIsNamed()
    {
        using var folder = new TemporaryFolder();
        var workspace = new LessonWorkspace(LessonSettings.Quick with { Artifacts = folder["a"], Model = folder["none.screener"] });
        Assert.Contains("none.screener", Assert.Throws<MissingInputException>(workspace.ShippedModel).Message);
    }

    // Stops after the first step it is told of.
    private sealed class Stopper(CancellationTokenSource? stop) : IProgress<TrainingProgress>
    {
        internal List<long> Steps { get; } = [];

        public void Report(TrainingProgress value)
        {
            Steps.Add(value.Step);
            stop?.Cancel();
        }
    }
}
