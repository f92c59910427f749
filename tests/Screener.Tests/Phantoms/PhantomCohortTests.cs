using System.Security.Cryptography;
using Screener.Errors;
using Screener.Imaging;
using Screener.Phantoms;

namespace Screener.Tests.Phantoms;

public sealed class PhantomCohortTests : IDisposable
{
    // Coarse voxels: the same code in a fraction of the time.
    private static readonly CohortOptions Small = new()
    {
        Cohort = PhantomCohort.KidneyTumours,
        Cases = 3,
        Seed = 7,
        Phantom = new PhantomOptions { InPlaneSpacingMin = 5, InPlaneSpacingMax = 6, SliceSpacings = [8.0, 10.0] },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("cohort").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_seed_gives_the_same_bytes_with_any_number_of_threads()
    {
        Write("one", Small, 1);
        Write("three", Small, 3);
        Assert.Equal(Hashes("one"), Hashes("three"));
        Assert.Equal(3 * 4 + 1, Hashes("one").Count);
    }

    [Fact]
    public void What_is_written_comes_back()
    {
        var manifest = Write("a", Small, 2);
        Assert.Equal(Small.Cases, manifest.Cases.Count);
        var entry = manifest.Cases[1];
        var patient = PhantomGenerator.Generate(entry.Seed, Pathology.KidneyTumours, Small.Phantom, TestContext.Current.CancellationToken);
        var token = TestContext.Current.CancellationToken;
        var ct = manifest.ReadCt(entry, token);
        Assert.Equal(patient.Volume.Voxels, ct.Voxels);
        Assert.True(ct.Grid.Matches(patient.Volume.Grid));
        Assert.Equal(patient.Lesions.Voxels, manifest.ReadLesions(entry, token).Voxels);
        Assert.Equal(patient.Organs.Voxels, manifest.ReadOrgans(entry, token).Voxels);
        Assert.Equal(patient.Traits, entry.Traits);
        Assert.Equal(patient.Lesions.Count * patient.Lesions.Grid.VoxelVolume, entry.LesionVolume, 6);
    }

    [Fact]
    public void What_is_left_to_write_is_known_before_and_never_too_much()
    {
        long before = PhantomCohortWriter.BytesLeft(_folder, Small);
        var manifest = Write("a", Small, 2);
        Assert.Equal(manifest.Cases.Sum(c => c.Shape.Aggregate(1L, (a, b) => a * b)), before);
        Assert.InRange(manifest.Cases.Sum(c => c.FileLengths.Sum()) / (double)before, 1, 2);
        string folder = Path.Combine(_folder, "a");
        Assert.Equal(0, PhantomCohortWriter.BytesLeft(folder, Small));
        Assert.True(PhantomCohortWriter.BytesLeft(folder, Small with { Cases = 4 }, 3) is > 0 and var one && one < 3 * before);
    }

    [Fact]
    public void A_broken_off_run_goes_on_and_ends_with_the_same_bytes()
    {
        Write("whole", Small, 2);
        Write("broken", Small, 2);
        string root = Path.Combine(_folder, "broken", "kidney-tumours");
        File.Delete(Path.Combine(root, "manifest.json"));
        File.Delete(Path.Combine(root, "case_001", "case.json"));
        File.WriteAllBytes(Path.Combine(root, "case_002", "ct.nii.gz"), [1, 2, 3]);
        var untouched = File.GetLastWriteTimeUtc(Path.Combine(root, "case_000", "ct.nii.gz"));
        var kept = new List<string>();
        Write("broken", Small, 1, new Record(p =>
        {
            if (p.Kept)
                kept.Add(p.CaseId);
        }));
        Assert.Equal(["case_000"], kept);
        Assert.Equal(untouched, File.GetLastWriteTimeUtc(Path.Combine(root, "case_000", "ct.nii.gz")));
        Assert.Equal(Hashes("whole"), Hashes("broken"));
    }

    [Fact]
    public void Other_options_or_another_seed_make_the_cases_again()
    {
        Write("a", Small with { Cases = 1 }, 1);
        var before = Hashes("a");
        int kept = 0;
        var count = new Record(p => kept += p.Kept ? 1 : 0);
        Write("a", Small with { Cases = 1, Seed = 8 }, 1, count);
        Write("a", Small with { Cases = 1, Seed = 8, Phantom = Small.Phantom with { NoiseMax = 17 } }, 1, count);
        Assert.Equal(0, kept);
        Assert.NotEqual(before["case_000/ct.nii.gz"], Hashes("a")["case_000/ct.nii.gz"]);
    }

    [Fact]
    public void A_cancelled_run_leaves_no_manifest_and_no_half_written_case()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            PhantomCohortWriter.Write(Path.Combine(_folder, "a"), Small, 1, new Record(_ => stop.Cancel()), stop.Token));
        string root = Path.Combine(_folder, "a", "kidney-tumours");
        Assert.False(File.Exists(Path.Combine(root, "manifest.json")));
        Assert.Single(Directory.EnumerateFiles(root, "case.json", SearchOption.AllDirectories));
        Assert.Throws<MissingInputException>(() => CohortManifest.Read(root));
    }

    [Fact]
    public void A_few_per_cent_of_the_training_cohort_are_ill_with_each_disease()
    {
        var options = new CohortOptions { Cohort = PhantomCohort.Train, Cases = 400, Prevalence = 0.04 };
        var pathologies = Enumerable.Range(0, 400).Select(i => options.Patient(i).Pathology).ToList();
        Assert.Equal(16, pathologies.Count(p => p != Pathology.None));
        foreach (var disease in Enum.GetValues<Pathology>().Where(p => p != Pathology.None))
            Assert.Equal(4, pathologies.Count(p => p == disease));
        Assert.Equal(2, pathologies.Take(50).Count(p => p != Pathology.None));
        Assert.Equal(400, Enumerable.Range(0, 400).Select(i => options.Patient(i).Seed).Distinct().Count());
        Assert.DoesNotContain(
            options.Patient(3).Seed,
            Enumerable.Range(0, 400).Select(i => (options with { Cohort = PhantomCohort.LungNodules }).Patient(i).Seed));
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(Pathology.None, (options with { Prevalence = 0 }).Patient(i).Pathology));
        Assert.All(Enumerable.Range(0, 50), i => Assert.NotEqual(Pathology.None, (options with { Prevalence = 1 }).Patient(i).Pathology));
    }

    [Theory]
    [InlineData("\"schemaVersion\": 1", "\"schemaVersion\": 2", "version 1")]
    [InlineData("\"schemaVersion\": 1,", "", "schemaVersion")]
    [InlineData("case_001/ct.nii.gz", "../../secret.nii.gz", "outside")]
    [InlineData("\"id\": \"case_001\"", "\"id\": \"case_000\"", "twice")]
    [InlineData("\"cases\": 3", "\"cases\": 4", "4 were asked for")]
    [InlineData("\"seed\": 7", "\"seed\": -7", "manifest")]
    [InlineData("\"prevalence\": 0.04", "\"prevalence\": 4", "Prevalence")]
    [InlineData("\"pathology\": \"KidneyTumours\"", "\"pathology\": \"Measles\"", "manifest")]
    [InlineData("}", "", "manifest")]
    public void A_damaged_manifest_is_refused(string from, string to, string told)
    {
        Write("a", Small, 2);
        string file = Path.Combine(_folder, "a", "kidney-tumours", "manifest.json");
        string text = File.ReadAllText(file);
        Assert.Contains(from, text);
        File.WriteAllText(file, text.Replace(from, to));
        var error = Assert.Throws<ManifestException>(() => CohortManifest.Read(file));
        Assert.Contains(told, error.Message);
        Assert.Contains(file, error.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Write("a", Small, 2);
        string file = Path.Combine(_folder, "a", "kidney-tumours", "case_001", "organs.nii.gz");
        File.Delete(file);
        var error = Assert.Throws<MissingInputException>(() => CohortManifest.Read(Path.Combine(_folder, "a", "kidney-tumours")));
        Assert.Contains(file, error.Message);
    }

    [Fact]
    public void Names_and_options_are_checked()
    {
        foreach (var cohort in PhantomCohortNames.All)
            Assert.Equal(cohort, PhantomCohortNames.Parse(cohort.Name()));
        Assert.Throws<OptionException>(() => PhantomCohortNames.Parse("liver"));
        Assert.Throws<OptionException>(() => Write("a", Small with { Cases = 0 }, 1));
        Assert.Throws<OptionException>(() => Write("a", Small, 0));
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        Assert.Throws<OutputException>(() => Write("file", Small, 1));
    }

    // Oracle: nibabel's own reading of the header, and scipy's centre of mass in world coordinates.
    [Fact]
    public void Nibabel_finds_the_liver_on_the_right_and_the_axes_canonical()
    {
        Write("a", Small with { Cases = 1 }, 1);
        string output = PythonOracle.Run(["nibabel", "scipy"], """
            import sys, nibabel, numpy
            from scipy.ndimage import center_of_mass
            root = sys.argv[1]
            ct = nibabel.load(root + '/ct.nii.gz'); organs = nibabel.load(root + '/organs.nii.gz')
            data = numpy.asarray(organs.dataobj)
            def at(label): return nibabel.affines.apply_affine(organs.affine, center_of_mass(data == label))
            print(''.join(nibabel.aff2axcodes(ct.affine)), ct.get_data_dtype(), at(8)[0] > at(9)[0] + 60, at(6)[2] > at(8)[2],
                numpy.asarray(ct.dataobj).min() >= -1024)
            """, Path.Combine(_folder, "a", "kidney-tumours", "case_000"));
        Assert.Equal("RAS int16 True True True", output.Trim());
    }

    private CohortManifest Write(string name, CohortOptions options, int threads, IProgress<CohortProgress>? progress = null) =>
        PhantomCohortWriter.Write(Path.Combine(_folder, name), options, threads, progress, TestContext.Current.CancellationToken);

    private Dictionary<string, string> Hashes(string name)
    {
        string root = Path.Combine(_folder, name, "kidney-tumours");
        return Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(
            f => Path.GetRelativePath(root, f).Replace('\\', '/'),
            f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));
    }

    private sealed class Record(Action<CohortProgress> act) : IProgress<CohortProgress>
    {
        public void Report(CohortProgress value) => act(value);
    }
}
