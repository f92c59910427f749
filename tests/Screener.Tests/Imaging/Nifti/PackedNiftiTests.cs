using System.IO.Compression;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging.Nifti;

namespace Screener.Tests.Imaging.Nifti;

/// <summary>NIfTI in zips, and what is packed under a NIfTI's name.</summary>
public sealed class PackedNiftiTests
{
    [Fact]
    public void AZipOrAGzipInAGzipIsCalledSo()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = NiftiBytes.Gzip(NiftiBytes.Small().Bytes);
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("ct.nii.gz").Open();
            entry.Write(whole);
        }

        byte[] zipped = packed.ToArray();
        foreach (var (bytes, found) in ((byte[], string)[])[
            (zipped, ": a zip; "), (NiftiBytes.Gzip(zipped), ": a zip; "), (NiftiBytes.Gzip(whole), ": a file that is gzipped twice; ")])
        {
            File.WriteAllBytes(folder["a.nii.gz"], bytes);
            var error = Assert.Throws<VolumeFormatException>(() => NiftiVolumeReader.ReadHeader(folder["a.nii.gz"]));
            Assert.Contains(found, error.Message);
            Assert.Contains("Unpack it", error.Message);
        }
    }

    /// <summary>630 MB of numbers out of a zip of 150 kB: its entry is as long as its header says, and no gzip.</summary>
    [Fact]
    public void NumbersOfAZipsEntryAreChargedToItsPackedBytes()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["a.zip"], ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("ct.nii").Open();
            entry.Write(NiftiBytes.Small().Int16(42, 540, 540, 540).Int16(70, 2, 8).Bytes.AsSpan(0, 352));
            for (int d = 0; d < 540; d++)
                entry.Write(new byte[540 * 540]);
        }

        var file = Assert.Single(RawFile.Find(folder.FullName, insideZips: true, TestContext.Current.CancellationToken));
        Assert.InRange(file.StoredLength, 1, file.Length / 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("packed beyond", Assert.Throws<VolumeFormatException>(
            () => NiftiVolumeReader.Read(file.Name, file.Open, file.Size, TestContext.Current.CancellationToken)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }
}
