using System.Security.Cryptography;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Randomness;

namespace Screener.Tests.Datasets;

/// <summary>Raw files as LiTS has them, but small.</summary>
internal static class SmallLiTS
{
    /// <summary>Writes cases into the folder <c>raw</c>.</summary>
    internal static void Write(TemporaryFolder folder, int cases, VolumeShape shape)
    {
        for (int n = 0; n < cases; n++)
        {
            var random = new RandomStream((ulong)n);
            var grid = new VolumeGrid(shape, new Affine(-2, 0, 0, 50, 0, -2, 0, 40, 0, 0, 2, n));
            float[] hu = [.. Enumerable.Range(0, shape.CheckedLength()).Select(i => (float)(random.NextInt(300) - (i % 1024)))];
            byte[] labels = [.. hu.Select(x => x > 240 ? (byte)2 : x > 0 ? (byte)1 : (byte)0)];
            NiftiWriter.Write(folder[$"raw/volume-{n}.nii"], new CtVolume(grid, hu));
            NiftiWriter.Write(folder[$"raw/segmentation-{n}.nii"], new LabelVolume(grid, labels));
        }
    }

    /// <summary>Each file of a folder and the hash of its bytes.</summary>
    internal static SortedDictionary<string, string> Sums(TemporaryFolder folder, string cache) => new(
        Directory.EnumerateFiles(folder[cache], "*", SearchOption.AllDirectories).ToDictionary(
            f => Path.GetRelativePath(folder[cache], f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))),
        StringComparer.Ordinal);
}
