using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Phantoms.Dicom;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Preprocessing;

public sealed class CohortPreparationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("screener-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void CTsAreFoundAndGetNamesOfTheirOwn()
    {
        WriteCt("kits/case_1/imaging.nii.gz");
        WriteCt("kits/case_2/imaging.nii.gz");
        WriteCt("flat/b.nii.gz");
        WriteCt("flat/a.nii");
        File.WriteAllText(At("flat/readme.txt"), "x");
        var both = Ct();
        DicomSeriesWriter.Write(both, At("series/one"), new RandomStream(1));
        DicomSeriesWriter.Write(both, At("series/two"), new RandomStream(2));

        Assert.Equal(["imaging"], Names("kits/case_1/imaging.nii.gz"));
        Assert.Equal(["case_1-imaging", "case_2-imaging"], Names("kits/case_1/imaging.nii.gz", "kits/case_2/imaging.nii.gz"));
        Assert.Equal(["a", "b"], Names("flat"));
        Assert.Equal(["a"], Names("flat/a.nii", "flat/a.nii"));
        Assert.Equal(["one"], Names("series/one"));
        var series = PreparationInputs.Find([At("series")], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(2, series.Count);
        Assert.All(series, s => Assert.Equal(s.Id, s.SeriesUid));
        Assert.Contains("nothing there", Assert.Throws<MissingInputException>(() => Names("absent")).Message);
        Assert.Contains("no CT", Assert.Throws<MissingInputException>(() => Names("kits")).Message);
    }

    [Fact]
    public void NamesStayApartWhateverTheFolders()
    {
        // Same name in folders of the same name: only the whole path tells them apart.
        WriteCt("a/x/ct.nii.gz");
        WriteCt("b/x/ct.nii.gz");
        var names = Names("a/x/ct.nii.gz", "b/x/ct.nii.gz");
        Assert.Equal(2, names.Distinct().Count());
        Assert.All(names, n => Assert.StartsWith("x-ct-", n));
        Assert.Equal(names, Names("a/x/ct.nii.gz", "b/x/ct.nii.gz"));
    }

    [Fact]
    public void ProgressRisesAndEndsWithOne()
    {
        foreach (string name in (string[])["a", "b", "c"])
            WriteCt($"{name}.nii.gz");
        var reports = new Reports();
        CohortPreparation.Prepare(
            [new("a", At("a.nii.gz")), new("b", At("b.nii.gz")), new("c", At("c.nii.gz"))], At("out"), PreprocessingOptions.Quick,
            new VolumeReaders(new NiftiVolumeReader()), 1, reports,
            TestContext.Current.CancellationToken);
        Assert.Equal(1, reports.All[^1].Fraction);
        foreach (var (earlier, later) in reports.All.Zip(reports.All.Skip(1)))
            Assert.True(earlier.Fraction <= later.Fraction + 1e-9, $"{earlier}, then {later}");
        Assert.Equal([1, 2], reports.All.Where(r => r.Done > 0 && r.CaseFraction == 0 && r.Done < 3).Select(r => r.Done).Distinct());
    }

    private sealed class Reports : IProgress<PreparationProgress>
    {
        internal List<PreparationProgress> All { get; } = [];

        public void Report(PreparationProgress value) => All.Add(value);
    }

    [Fact]
    public void AnOlderCtInItsPlaceIsPreparedAnew()
    {
        WriteCt("ct.nii.gz");
        var first = Prepare();
        var written = File.GetLastWriteTimeUtc(At("out/ct.prep"));
        Assert.Equal(first.Intensities, Prepare().Intensities);
        Assert.Equal(written, File.GetLastWriteTimeUtc(At("out/ct.prep")));

        // As mv and cp -p leave it.
        var ct = Ct();
        NiftiWriter.Write(At("other.nii.gz"), new CtVolume(ct.Grid, [.. ct.Voxels.Select(v => -v)]));
        File.SetLastWriteTimeUtc(At("other.nii.gz"), written.AddDays(-1));
        File.Move(At("other.nii.gz"), At("ct.nii.gz"), overwrite: true);
        var second = Prepare();
        Assert.NotEqual(first.Intensities, second.Intensities);

        // A file from before the key was kept stands as it did.
        PreparedVolumeFile.Write(
            At("out/ct.prep"),
            new PreparedVolume(first.Grid, first.Intensities, first.SourceGrid, first.Source, first.OptionsFingerprint));
        Assert.Equal(first.Intensities, Prepare().Intensities);

        PreparedVolume Prepare()
        {
            var cohort = CohortPreparation.Prepare(
                [new("ct", At("ct.nii.gz"))], At("out"), PreprocessingOptions.Quick, new VolumeReaders(new NiftiVolumeReader()), 1, null,
                TestContext.Current.CancellationToken);
            return cohort.Load(cohort.Cases[0]);
        }
    }

    [Fact]
    public void AListThatDoesNotFitIsRefused()
    {
        WriteCt("ct.nii.gz");
        var readers = new VolumeReaders(new NiftiVolumeReader());
        var cohort = CohortPreparation.Prepare(
            [new("ct", At("ct.nii.gz"))], At("out"), PreprocessingOptions.Quick, readers, 1, null, TestContext.Current.CancellationToken);
        Assert.Equal(At("out"), cohort.Folder);
        _ = cohort.Load(cohort.Cases[0]);
        string list = File.ReadAllText(At("out/prepared.json"));

        void Refused(string text)
        {
            File.WriteAllText(At("out/prepared.json"), text);
            Assert.Throws<ManifestException>(() => PreparedCohort.Read(At("out")));
        }

        Refused(list.Replace("\"schemaVersion\": 1", "\"schemaVersion\": 2"));
        Refused(list.Replace("\"ct.prep\"", "\"../ct.prep\""));
        Refused(list.Replace("\"minHu\": -1000", "\"minHu\": 1000"));
        Refused(list[..(list.Length / 2)]);
        Refused("null");
        File.WriteAllText(At("out/prepared.json"), list.Replace("\"minHu\": -1000", "\"minHu\": -900"));
        cohort = PreparedCohort.Read(At("out"));
        Assert.Throws<ManifestException>(() => cohort.Load(cohort.Cases[0]));
        Assert.Throws<MissingInputException>(() => PreparedCohort.Read(At("nothing")));
    }

    [Fact]
    public void AnImpossibleCtIsNamedAndTheOthersArePrepared()
    {
        WriteCt("good.nii");
        var ct = Ct();
        NiftiWriter.Write(
            At("metres.nii"), new CtVolume(ct.Grid with { Affine = Affine.Canonical(new Spacing(.005, .005, .005)) }, ct.Voxels));
        NiftiWriter.Write(At("large.nii"), new CtVolume(ct.Grid with { Affine = Affine.Canonical(new Spacing(38, 38, 38)) }, ct.Voxels));
        NiftiWriter.Write(At("small.nii"), new CtVolume(ct.Grid with { Affine = Affine.Canonical(new Spacing(1, 1, 1)) }, ct.Voxels));
        string[] names = ["large", "metres", "small", "good"];
        var cohort = CohortPreparation.Prepare(
            [.. names.Select(n => new PreparationInput(n, At(n + ".nii")))], At("out"), PreprocessingOptions.Quick,
                new VolumeReaders(new NiftiVolumeReader()), 1, null,
            TestContext.Current.CancellationToken);
        Assert.Equal(["good"], cohort.Cases.Select(c => c.Id));
        Assert.Equal(["large", "metres", "small"], cohort.Rejected.Select(r => r.Id));
        foreach (var (rejected, mention) in cohort.Rejected.Zip((string[])["38 x 38 x 38 mm", "0.005 x 0.005 x 0.005 mm", "8 x 9 x 10 mm"]))
        {
            Assert.StartsWith(At(rejected.Id + ".nii"), rejected.Reason);
            Assert.Contains(mention, rejected.Reason);
        }
    }

    private List<string> Names(params string[] paths) => [.. PreparationInputs.Find(paths.Select(At)).Select(i => i.Id)];

    private string At(string relative) => Path.Combine(_folder, relative);

    private void WriteCt(string relative) => NiftiWriter.Write(At(relative), Ct());

    private static CtVolume Ct() =>
        new(new VolumeGrid(new VolumeShape(8, 9, 10), Affine.Canonical(new Spacing(5, 5, 5))),
        [.. Enumerable.Range(0, 720).Select(i => (float)(i % 100) - 50)]);
}
