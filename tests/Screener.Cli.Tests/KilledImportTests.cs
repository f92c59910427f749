using System.Diagnostics;
using Screener.Datasets;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Tests.Datasets;

namespace Screener.Cli.Tests;

public sealed class KilledImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task KilledAtTenMomentsTheCacheComesOutTheSame()
    {
        const int Cases = 40;
        SmallLiTS.Write(_folder, Cases, new VolumeShape(24, 96, 96));
        DatasetImport.Import(
            DatasetCatalogue.Find("lits"), _folder["raw"], _folder["whole"], DatasetImportOptions.Default, 2, 1L << 30, null,
            TestContext.Current.CancellationToken);
        var random = new RandomStream(2502);
        for (int kill = 0; kill < 10; kill++)
        {
            using var process = Start("parts");
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

            // A few files later, temporary ones included, and a little after that: in the middle of whatever is being done.
            int goal = Files("parts").Count + 1 + random.NextInt(5);
            while (Files("parts").Count < goal && !process.HasExited)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Delay(random.NextInt(8), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(Directory.Exists(_folder["parts/records"]), await error);

            // Later ones may be over before, on a fast machine.
            Assert.True(kill > 0 || !File.Exists(_folder["parts/cache.json"]), "the import was over before it was killed");

            // Every record speaks of a volume that is whole.
            foreach (string file in Directory.EnumerateFiles(_folder["parts/records"], "*.json").Where(
                f => !Path.GetFileName(f).StartsWith('.')))
            {
                var record = HuCache.ReadRecordFile(file)!;
                using var volume = HuVolume.Open(_folder["parts/" + record.Volume!.File]);
                _ = volume.ReadCt(TestContext.Current.CancellationToken);
            }
        }

        int stood = Directory.EnumerateFiles(_folder["parts/records"], "*.json").Count(f => !Path.GetFileName(f).StartsWith('.'));
        Assert.InRange(stood, 1, Cases);
        using (var last = Start("parts"))
        {
            string error = await last.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await last.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(last.ExitCode == 0, error);
        }

        Assert.Equal(SmallLiTS.Sums(_folder, "whole"), SmallLiTS.Sums(_folder, "parts"));
    }

    private Process Start(string cache) => Process.Start(new ProcessStartInfo(
        "dotnet",
        [typeof(Program).Assembly.Location, "import", "lits", _folder["raw"], "--out", _folder[cache], "--threads", "1",
            "--quiet"])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
    })!;

    private List<string> Files(string cache) =>
        Directory.Exists(_folder[cache + "/records"])
            ? [.. Directory.EnumerateFiles(_folder[cache + "/volumes"]), .. Directory.EnumerateFiles(_folder[cache + "/records"])] : [];
}
