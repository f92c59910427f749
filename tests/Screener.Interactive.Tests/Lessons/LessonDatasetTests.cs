using Screener.Datasets;
using Screener.Errors;
using Screener.Interactive.Lessons;
using Screener.Phantoms;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class LessonDatasetTests
{
    [Theory]
    [InlineData("lidc", "phantom-lung-nodules")]
    [InlineData("kits19", "phantom-kidney-tumours")]
    [InlineData("nlst", "phantom-train")]
    public void WhatIsNotThereIsShownByPhantomsOfItsKindAndSaysSo(string name, string shown)
    {
        using var folder = new TemporaryFolder();
        var set = Assert.Single(Workspace(folder).Datasets(name));
        Assert.Equal((DatasetCatalogue.Find(name), shown, false), (set.Wanted, set.Shown.Id, set.IsReal));
        Assert.StartsWith("Phantoms, not patients", set.About, StringComparison.Ordinal);
        Assert.True(set.Check()!.IsComplete);
        var cache = set.Import();
        Assert.Equal(["case_000"], cache.CaseIds);
        Assert.Equal(cache.Folder, set.Import().Folder);
    }

    [Fact]
    public void AFolderOfTheDatasetsNameGoesBeforePhantoms()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["sets/lits"]);
        var set = Assert.Single(Workspace(folder, folder["sets"]).Datasets("lits"));
        Assert.Equal((folder["sets/lits"], true, false), (set.Folder, set.IsReal, set.IsImported));
        Assert.Throws<MissingInputException>(() => set.Import());
        Assert.False(Assert.Single(Workspace(folder, folder["sets"]).Datasets("kits21")).IsReal);
    }

    [Fact]
    public void WhatWasImportedIsOpenedWhereItLies()
    {
        using var folder = new TemporaryFolder();
        var phantoms = Assert.Single(Workspace(folder).Datasets("lits"));
        Directory.CreateDirectory(folder["sets"]);
        Directory.Move(phantoms.Import().Folder, folder["sets/lits"]);
        var set = Assert.Single(Workspace(folder, folder["sets"]).Datasets("lits"));
        Assert.True(set.IsImported);
        Assert.Null(set.Check());
        Assert.Equal(folder["sets/lits"], set.Import().Folder);
    }

    [Fact]
    public void AFolderOfDatasetsThatIsNotThereIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "SCREENER_DATASETS", Assert.Throws<MissingInputException>(() => Workspace(folder, folder["absent"]).Datasets("lits")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheSharedPatientStandsBeforeThePhantomsOfItsDatasetOnly()
    {
        using var folder = new TemporaryFolder();
        string shared = Path.GetDirectoryName(Path.GetDirectoryName(SharedCt.PathOf("lidc-idri-0314/dicom.zip")))!;
        var workspace = Workspace(folder, shared: shared);
        var sets = workspace.Datasets("lidc-idri");
        Assert.Equal([true, false], sets.Select(s => s.IsReal));
        var check = sets[0].Check()!;
        Assert.Equal((1, false), (check.Ready, check.IsComplete));
        Assert.Single(workspace.Datasets("midrc-ricord-1a"));
        Assert.True(workspace.LidcPatient().IsReal);
    }

    [Fact]
    public void ACaseThatTheCohortDoesNotHaveIsNamed()
    {
        using var folder = new TemporaryFolder();
        var workspace = Workspace(folder);
        var cohort = new PhantomTestCohort(workspace.Cohort(PhantomCohort.LungNodules));
        Assert.Contains(
            "case_007", Assert.Throws<OptionException>(() => workspace.Screened(cohort, "case_007", "none")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AMapKnowsTheOrgansOfItsPhantom()
    {
        using var folder = new TemporaryFolder();
        var workspace = Workspace(folder);
        var cohort = new PhantomTestCohort(workspace.Cohort(PhantomCohort.KidneyTumours));
        var organs = workspace.Screened(cohort, cohort.CaseIds[0], "none").Labels!;
        string[] present = [.. organs.Voxels.Distinct().Where(organs.Names.ContainsKey).Select(v => organs.Names[v])];
        Assert.Contains("liver", present);
        Assert.Contains("left kidney", present);
    }

    private static LessonWorkspace Workspace(TemporaryFolder folder, string datasets = "", string shared = "") => new(
        LessonSettings.Quick with
    {
        Artifacts = folder["lessons"], SharedCt = shared.Length == 0 ? folder["none"] : shared, Datasets = datasets, TrainingCases = 1,
        TestCases = 1,
        Model = Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Models", "quick.screener"),
    });
}
