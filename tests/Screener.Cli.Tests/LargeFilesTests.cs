using System.Diagnostics;
using Screener.Tests.Imaging.Nifti;

namespace Screener.Cli.Tests;

public sealed class LargeFilesTests
{
    [Fact]
    public async Task ASparseNiftiThatIsLargerThanMemoryIsRefused()
    {
        using var folder = new TemporaryFolder();
        // 1290 voxels along each axis: the file is as long as its header says, and costs nothing.
        File.WriteAllBytes(
            folder["ct.nii"], NiftiBytes.Small().Int16(42, 1290, 1290, 1290).Single(280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0).Bytes);
        using (var file = File.OpenWrite(folder["ct.nii"]))
            file.SetLength(352 + (2L * 1290 * 1290 * 1290));
        var start = new ProcessStartInfo(
            "dotnet", [typeof(DefaultModel).Assembly.Location, "info", folder["ct.nii"]])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = "40000000"; // 1 GiB
        using var process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("1290 x 1290 x 1290 voxels; expected a volume that fits into memory", error);
    }
}
