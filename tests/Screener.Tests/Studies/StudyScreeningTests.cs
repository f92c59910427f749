using System.IO.Compression;
using System.Text;
using NJsonSchema;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Runtime;
using Screener.Studies;
using Screener.Tests.Training;

namespace Screener.Tests.Studies;

[Collection(TorchCollection.Name)]
public sealed class StudyScreeningTests : IDisposable
{
    private const string Study = "1.2.3.40000.7";

    private readonly TemporaryFolder _folder = new();
    private readonly StudyScreeningOptions _options;

    public StudyScreeningTests() => _options = new StudyScreeningOptions
    {
        Model = SmallStudies.WriteModel(_folder), Method = "none + gaussian",
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryCtIsScreenedAndWhatIsNoneIsARowWithItsReason()
    {
        WriteTree();
        var result = Screen("results");
        Assert.Equal((3, 3, 0, 2), (result.Screened, result.Refused.Count, result.Kept, result.PassedOver));

        // The thin series of the study, and not the thick one.
        var records = Records("results");
        Assert.Equal([24, 24, 48], records.Where(r => r.Refused is null).Select(r => r.Shape![0]).Order());
        Assert.All(records.Where(r => r.Refused is null), r => Assert.Equal(r.Scores!.Highest, r.Findings!.List[0].Peak));
        string sources = File.ReadAllText(_folder["results.sources.json"]);
        foreach (string named in (string[])["one.nii.gz", "a.zip#1.8.1", "study/thin#1.7.2", "broken.nii", "truncated"])
            Assert.Contains(named, sources);
        Assert.Contains("another series of the study was taken", sources);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["results.sources.json"]));

        // Nobody's name, path or UID is in the results.
        foreach (string file in Directory.EnumerateFiles(_folder["results"], "*", SearchOption.AllDirectories))
        {
            string text = Encoding.Latin1.GetString(File.ReadAllBytes(file)) + file[_folder.FullName.Length..];
            Assert.All((string[])["SECRET", "Doe", "one.nii", "broken", "truncated", "1.7.2", "40000", Path.GetFileName(_folder.FullName)],
                t => Assert.DoesNotContain(t, text));
        }

        string json = File.ReadAllText(_folder["results/findings.json"]);
        var schema = await JsonSchema.FromFileAsync(_folder["results/findings.schema.json"], TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(json));
        Assert.NotEmpty(schema.Validate(json.Replace("\"peak\"", "\"top\"")));

        string[] csv = File.ReadAllLines(_folder["results/findings.csv"]);
        Assert.All(csv, l => Assert.True(l.Contains('"') || l.Split(',').Length == 13, l));
        Assert.Equal(3, csv.Count(l => l.Contains(",refused,")));
        Assert.Equal(1 + 3 + records.Sum(r => r.Findings?.List.Count ?? 0), csv.Length);
        Assert.Contains("a CT in Hounsfield units", File.ReadAllText(_folder["results/index.html"]));
        Assert.Equal(3, File.ReadAllText(_folder["results/index.html"]).Split("<img ").Length - 1);
        Assert.Equal(
            result.Highest.Select(h => h.Scores!.Highest), result.Highest.Select(h => h.Scores!.Highest).OrderDescending());
    }

    [Fact]
    public void ASecondRunMakesNothingAndAChangedCtIsMadeAgain()
    {
        WriteTree();
        Screen("results");
        var before = SmallStudies.Sums(_folder["results"]);
        var times = Written("results");
        var again = Screen("results");
        Assert.Equal((3, 5), (again.Screened, again.Kept)); // The one that cannot be read is tried again.
        Assert.Equal(before, SmallStudies.Sums(_folder["results"]));
        Assert.Equal(times, Written("results"));

        // Without the table of sources the CTs' own bytes tell; so they do when the files were only touched.
        File.Delete(_folder["results.sources.json"]);
        Assert.Equal(5, Screen("results").Kept);
        File.SetLastWriteTimeUtc(_folder["ct/b/one.nii.gz"], DateTime.UtcNow);
        Assert.Equal(5, Screen("results").Kept);

        // With other programs at hand only what was refused is looked at again, and nothing without them.
        Assert.Equal(3, Screen("results", _options with { Convert = true }).Kept);
        Assert.Equal(5, Screen("results").Kept);

        SmallStudies.WriteBall(_folder["ct/b/one.nii.gz"], 9);
        Assert.Equal(4, Screen("results").Kept);
        Assert.Equal(1, Records("results").Count(r => !before.ContainsKey(Path.Combine(r.Name, CtRecord.FileName))
            && r.Name.StartsWith("ct-", StringComparison.Ordinal)));

        // Another method, and maps where there were none.
        Assert.Equal(0, Screen("results", _options with { Method = "sin-cos + gaussian" }).Kept);
        var withMaps = Screen("results", _options with { Method = "sin-cos + gaussian", Maps = true });
        Assert.Equal((3, 2), (withMaps.Screened, withMaps.Kept));
        Assert.Equal(3, Directory.EnumerateFiles(_folder["results"], "map.nii.gz", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public void TheResultsAreTheSameWithAnyThreadsAndInterruptions()
    {
        WriteTree();
        for (int i = 0; i < 4; i++)
            SmallStudies.WriteBall(_folder[$"ct/more/{i}.nii"], 20 + i);
        Screen("whole");
        Screen("three", threads: 3);
        Assert.Equal(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["three"]));

        // Stopped within each CT; what is half done is done again.
        int stops = 0;
        while (!IsWhole(stops))
            stops++;
        Assert.InRange(stops, 3, 9);

        Assert.Equal(SmallStudies.Sums(_folder["whole"]), SmallStudies.Sums(_folder["parts"]));

        bool IsWhole(int enough)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            try
            {
                StudyScreening.Screen([_folder["ct"]], _folder["parts"], _options, TinyTraining.Compute, new Relay<StudyProgress>(p =>
                {
                    if (p.Title == "Screening" && Directory.EnumerateFiles(
                        _folder["parts"], CtRecord.FileName, SearchOption.AllDirectories).Count() > enough)
                        stop.Cancel();
                }), stop.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                Assert.False(File.Exists(_folder["parts/index.html"]));
                return false;
            }
        }
    }

    [Fact]
    public void WhereTheBestSeriesIsRefusedTheNextOneIsScreened()
    {
        SmallStudies.WriteSeries(_folder["ct/thin"], 5, Study, "1.7.2", 2, null, "SECRET-7", (s, i) => s
            .Text(0x0028_0030, "DS", i < 9 ? "4\\4" : "5\\5"));
        SmallStudies.WriteSeries(_folder["ct/thick"], 5, Study, "1.7.1", 4);
        var result = Screen("results");
        Assert.Equal((1, 1), (result.Screened, result.Refused.Count));
        Assert.Contains("thin#1.7.2", result.Refused[0].Source);
        Assert.StartsWith("ct-", result.Refused[0].Name);
        Assert.Equal(2, Records("results").Count);
    }

    [Fact]
    public void WhereThereIsNoCtNothingIsMade()
    {
        Directory.CreateDirectory(_folder["ct"]);
        Assert.Contains("no CT", Assert.Throws<MissingInputException>(() => Screen("results")).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["results"]));
        Assert.Throws<OptionException>(() => Screen("results", _options with { Overlap = 2 }));
    }

    /// <summary>What many CTs take is what those take that are worked on.</summary>
    [Fact]
    [Trait("Category", "Long")]
    public void TwentyCtsTakeNoMoreMemoryThanFour()
    {
        for (int i = 0; i < 20; i++)
            SmallStudies.WriteBall(_folder[i < 4 ? $"four/{i}.nii" : $"sixteen/{i}.nii"], i);
        Screen("warm", paths: ["four"]);
        long four = Held(["four"], "a"), twenty = Held(["four", "sixteen"], "b");
        Assert.True(twenty < four + (4 << 20), $"{twenty} bytes after twenty, {four} after four");

        // The least that was held after any CT, full collections between: of the CTs only a few words stay.
        long Held(string[] paths, string results)
        {
            long most = 0;
            int done = 0;
            StudyScreening.Screen([.. paths.Select(p => _folder[p])], _folder[results], _options, TinyTraining.Compute,
                new Relay<StudyProgress>(p =>
                {
                    if (p.Title == "Screening" && int.Parse(p.Detail.Split(' ')[0]) > done)
                    {
                        done++;
                        most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
                    }
                }), TestContext.Current.CancellationToken);
            Assert.Equal(paths.Length == 1 ? 4 : 20, done);
            return most;
        }
    }

    // Three CTs: a file, a study of two series, a zip. Three that are none: cut off, in other numbers, not to be read.
    private void WriteTree()
    {
        SmallStudies.WriteBall(_folder["ct/b/one.nii.gz"], 1);
        SmallStudies.WriteSeries(_folder["ct/study/thick"], 2, Study, "1.7.1", 4);
        SmallStudies.WriteSeries(_folder["ct/study/thin"], 2, Study, "1.7.2", 2);
        SmallStudies.WriteSeries(_folder["packed"], 3, "1.2.3.8", "1.8.1", 4);
        ZipFile.CreateFromDirectory(_folder["packed"], _folder["ct/a.zip"]);
        var ball = SmallStudies.Ball(4);
        NiftiWriter.Write(_folder["ct/b/labels.nii.gz"], new LabelVolume(ball.Grid, new byte[ball.Voxels.Length]));
        NiftiWriter.Write(_folder["ct/b/broken.nii"], new CtVolume(ball.Grid, [.. ball.Voxels.Select(v => v / 1000)]));
        NiftiWriter.Write(_folder["ct/b/truncated.nii"], ball);
        byte[] bytes = File.ReadAllBytes(_folder["ct/b/truncated.nii"]);
        File.WriteAllBytes(_folder["ct/b/truncated.nii"], bytes[..5000]);
        File.WriteAllText(_folder["ct/damaged.zip"], "PK no zip");
    }

    private StudyScreeningResult Screen(string results, StudyScreeningOptions? options = null, int threads = 1, string[]? paths = null) =>
        StudyScreening.Screen(
            [.. (paths ?? ["ct"]).Select(p => _folder[p])], _folder[results], options ?? _options,
            TinyTraining.Compute with { Threads = threads }, null, TestContext.Current.CancellationToken);

    private List<CtRecord> Records(string results) =>
        [.. Directory.EnumerateDirectories(_folder[results]).Select(d => CtRecord.Standing(Path.Combine(d, CtRecord.FileName))!)];

    private SortedDictionary<string, DateTime> Written(string results) => new(
        Directory.EnumerateFiles(_folder[results], "*", SearchOption.AllDirectories)
            .Where(f => Path.GetDirectoryName(f) != _folder[results]).ToDictionary(f => f, File.GetLastWriteTimeUtc));
}
