using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Interactive.Lessons;
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
            ["making 1 phantoms: train", "preparing 1 volumes at 3 x 3 x 3 mm"],
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
}
