using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging.Nifti;
using Screener.Preprocessing;
using Screener.Studies;

namespace Screener.Tests.Studies;

public sealed class StudySearchTests : IDisposable
{
    private const string Study = "1.2.3.40000.7";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OfAStudyTheAxialSeriesThatCoversMostInTheThinnestSlicesComesFirst()
    {
        // Thick and whole, thin and whole but for a slice, thinner and short, coronal; and what is no CT.
        Series("thick", "1.1", 6);
        Series("thin", "1.2", 2, 47);
        Series("short", "1.3", 1, 60);
        Series("tiny", "1.4", 1, 5);
        SmallStudies.WriteSeries(_folder["ct/coronal"], 1, Study, "1.5", 2, null, "P", (s, i) => s
            .Text(0x0020_0037, "DS", "1\\0\\0\\0\\0\\-1").Text(0x0020_0032, "DS", $"-60\\{2 * i}\\60"));
        SmallStudies.WriteSeries(_folder["ct/pet"], 1, Study, "1.6", 2, 3, "P", (s, _) => s
            .Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.128").Text(0x0008_0060, "CS", "PT"));
        var found = Find("ct");
        Assert.Equal(["1.2", "1.1", "1.3"], Assert.Single(found.Studies).Candidates.Select(c => c.SeriesUid));
        Assert.Equal(["PT, no CT images", "not axial", "5 mm in steps of 1 mm"],
            found.PassedOver.OrderBy(p => p.Source.Contains("pet") ? 0 : p.Source.Contains("coronal") ? 1 : 2)
                .Select(p => p.Reason.Split(';')[0]));
        Assert.Equal(5, Find("ct", everySeries: true).Studies.Count);

        void Series(string name, string uid, double step, int? slices = null) =>
            SmallStudies.WriteSeries(_folder["ct/" + name], 1, Study, uid, step, slices);
    }

    [Fact]
    public void FoldersZipsAndFilesAreLookedThroughButForTheResults()
    {
        SmallStudies.WriteBall(_folder["ct/b/c/d/one.nii.gz"], 1);
        SmallStudies.WriteBall(_folder["ct/results/ct-0/map.nii.gz"], 2);
        NiftiWriter.Write(_folder["ct/b/labels.nii.gz"], new Screener.Imaging.LabelVolume(
            SmallStudies.Ball(1).Grid, new byte[SmallStudies.Ball(1).Voxels.Length]));
        SmallStudies.WriteSeries(_folder["packed"], 3, "1.2.3.8", "1.8.1", 4);
        ZipFile.CreateFromDirectory(_folder["packed"], _folder["ct/a.zip"]);
        File.WriteAllText(_folder["ct/b/notes.txt"], "nothing");
        File.WriteAllText(_folder["ct/b/README"], "nothing");
        Directory.CreateSymbolicLink(_folder["ct/b/loop"], _folder["ct"]);
        var found = Find("ct");
        Assert.Equal(["a.zip", "one.nii.gz"], found.Studies.Select(s => Path.GetFileName(Assert.Single(s.Candidates).Places[0])));
        Assert.Contains("labels", Assert.Single(found.PassedOver).Reason);
        Assert.All(found.Studies, s => Assert.Null(s.Candidates[0].Refusal));

        // The same file by two names is one.
        Assert.Equal(2, StudySearch.Find(
            [_folder["ct/b"], _folder["ct"], _folder["ct/b/c/d/one.nii.gz"]], _folder["ct/results"], false, 2, null,
            TestContext.Current.CancellationToken).Studies.Count);
        Assert.Contains("nothing there", Assert.Throws<MissingInputException>(() => Find("absent")).Message);
    }

    [Fact]
    public void ASeriesInSeveralFoldersIsOne()
    {
        SmallStudies.WriteSeries(_folder["ct/all"], 1, Study, "1.1", 4);
        Directory.CreateDirectory(_folder["ct/rest"]);
        foreach (string file in Directory.EnumerateFiles(_folder["ct/all"]).Order().Skip(10).ToList())
            File.Move(file, _folder["ct/rest/" + Path.GetFileName(file)]);
        var source = Assert.Single(Assert.Single(Find("ct").Studies).Candidates);
        Assert.Equal((2, 24, 96.0), (source.Places.Count, source.Extent.Slices, source.Extent.Length));
        Assert.Equal(96 * 128 * 128, source.Extent.Volume);
        Assert.Equal(24, source.Open(default).Read(convert: false, null, default).Shape.Depth);
    }

    [Fact]
    public void MemoryIsAskedForWhatANetworkSeesWhereThatIsMore()
    {
        SmallStudies.WriteBall(_folder["ct/one.nii"], 1);
        var source = Assert.Single(Assert.Single(Find("ct").Studies).Candidates);
        const int Stored = 24 * 32 * 32;
        Assert.Equal([Stored, 64 * Stored, Preprocessor.MaxVoxels], new[] { 100.0, 1, 1e-9 }.Select(source.VoxelsAt));
    }

    [Fact]
    public void ADamagedSliceRefusesTheOnlySeriesOfItsFolderAndIsARowBesideSeveral()
    {
        SmallStudies.WriteSeries(_folder["ct/one"], 1, Study, "1.1", 4);
        Damage("ct/one/1-004.dcm");
        var only = Assert.Single(Assert.Single(Find("ct").Studies).Candidates);
        Assert.Contains("1-004.dcm", only.Refusal!.Message);

        SmallStudies.WriteSeries(_folder["ct/one"], 1, Study, "1.2", 6);
        SmallStudies.WriteSeries(_folder["ct/one"], 1, "1.2.3.9", "1.9.3", 6);
        var studies = Find("ct").Studies;
        Assert.Equal([false, true, true], studies.Select(s => s.Candidates[0].Refusal is null));
        Assert.All(studies.Skip(1), s => Assert.NotNull(s.Candidates[0].Files)); // Several studies in one folder.
    }

    [Fact]
    public void ImagesWithASeriesEachAndStudiesWithoutCtAreRefused()
    {
        for (int i = 0; i < 4; i++)
            SmallStudies.WriteSeries(_folder[$"ct/split"], 1, Study, $"1.{i + 1}", 4 * (i + 1), 1);
        SmallStudies.WriteSeries(_folder["ct/mr"], 1, "1.2.3.9", "1.9.3", 6, 4, "P", (s, _) => s
            .Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.4").Text(0x0008_0060, "CS", "MR"));
        Assert.Equal(
            ["no CT series among 1 (MR)", "4 CT images, each with a SeriesInstanceUID of its own, as some anonymisers do"],
            Find("ct").Studies.Select(s => s.Candidates[0].Refusal!.Found));
    }

    private FoundStudies Find(string path, bool everySeries = false) => StudySearch.Find(
        [_folder[path]], _folder["ct/results"], everySeries, 2, null, TestContext.Current.CancellationToken);

    private void Damage(string file)
    {
        byte[] bytes = File.ReadAllBytes(_folder[file]);
        File.WriteAllBytes(_folder[file], bytes[..500]);
    }
}
