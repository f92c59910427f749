using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Zips that hold something else than DICOM files, and zips made to fill memory.</summary>
[Collection(WholeProcessCollection.Name)]
public sealed class ZipContainerTests : IDisposable
{
    private readonly SliceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Message(string name) =>
        Assert.Throws<VolumeFormatException>(() => new VolumeReaders(new DicomSeriesReader()).Read(_folder[name])).Message;

    [Fact]
    public void WhatAZipOrFolderHoldsIsSaid()
    {
        _folder.SaveAll(3, folder: "s");
        _folder.Zip("folder/series.zip", Prepared("s", "folder"));
        _folder.Zip("outer.zip", "folder");
        _folder.Save("n/scan/ct.nii.gz", [0x1F, 0x8B, 8, 0, 0, 0]);
        _folder.Zip("nifti.zip", "n");
        _folder.Save("t/readme.txt", "hello"u8.ToArray());
        _folder.Zip("text.zip", "t");
        Directory.CreateDirectory(_folder["e"]);
        _folder.Zip("empty.zip", "e");
        Assert.Contains("a folder with one archive (series.zip) and no DICOM file", Message("folder"));
        Assert.Contains("a zip with one archive (series.zip) and no DICOM file", Message("outer.zip"));
        Assert.Contains("a zip with one volume file (scan/ct.nii.gz) and no DICOM file", Message("nifti.zip"));
        Assert.Contains("a zip without a CT series (1 files, none of them DICOM)", Message("text.zip"));
        Assert.Contains("a zip without a CT series (0 files", Message("empty.zip"));
        Assert.Contains("series.zip", Assert.Throws<MissingInputException>(() => _folder.Read(_folder["outer.zip"])).Message);
        foreach (string name in (string[])["folder", "outer.zip", "nifti.zip", "text.zip", "empty.zip"])
            Assert.DoesNotContain("damaged", Message(name));
    }

    [Theory]
    [InlineData("1F8B0800000000000000", "gzip")]
    [InlineData("377ABCAF271C00040000", "7-Zip")]
    [InlineData("526172211A0701000000", "RAR")]
    [InlineData("425A6839314159265359", "bzip2")]
    [InlineData("FD377A585A0000000000", "xz")]
    public void OtherArchivesAreNamed(string hex, string name)
    {
        _folder.Save("archive", Convert.FromHexString(hex));
        Assert.Contains($"a file packed by {name}", Message("archive"));
    }

    [Fact]
    public void OverlappingEntriesAreRefused()
    {
        _folder.Save("s/IM0", SliceFolder.Slice(0));
        byte[] zip = File.ReadAllBytes(_folder.Zip("one.zip", "s"));
        // The same directory entry a hundred times, all for the one file that is there.
        int directory = zip.AsSpan().LastIndexOf("PK\x01\x02"u8), end = zip.AsSpan().LastIndexOf("PK\x05\x06"u8);
        byte[] entry = zip[directory..end];
        BitConverter.GetBytes((ushort)100).CopyTo(zip, end + 8);
        BitConverter.GetBytes((ushort)100).CopyTo(zip, end + 10);
        BitConverter.GetBytes(100 * entry.Length).CopyTo(zip, end + 12);
        _folder.Save("overlap.zip", [.. zip[..directory], .. Enumerable.Repeat(entry, 100).SelectMany(e => e), .. zip[end..]]);
        Assert.Contains("they overlap", _folder.Refusal(_folder["overlap.zip"]));
    }

    [Fact]
    public void AZipThatUnpacksToAThousandTimesItsLengthIsRefusedAtOnce()
    {
        using (var zip = new ZipArchive(File.Create(_folder["bomb.zip"]), ZipArchiveMode.Create))
        {
            var zeros = new byte[16 << 20];
            for (int i = 0; i < 68; i++)
            {
                using var entry = zip.CreateEntry($"{i}.dcm", CompressionLevel.Fastest).Open();
                entry.Write(zeros);
            }
        }

        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains("that unpacks to", _folder.Refusal(_folder["bomb.zip"]));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50 << 20);
    }

    // 300 slices of 2048 x 2048 pixels, each a run of zeros, are 5 GB of voxels out of a zip of less than a megabyte.
    [Fact]
    public void SlicesThatUnpackTwiceAreChargedToTheZip()
    {
        const int Side = 2048;
        byte[] header = new byte[64], segment = [.. Enumerable.Repeat((byte[])[0x81, 0], Side * Side / 128).SelectMany(b => b)];
        BitConverter.GetBytes(2).CopyTo(header, 0);
        BitConverter.GetBytes(64).CopyTo(header, 4);
        BitConverter.GetBytes(64 + segment.Length).CopyTo(header, 8);
        byte[] frame = [.. header, .. segment, .. segment];
        using (var zip = new ZipArchive(File.Create(_folder["bomb.zip"]), ZipArchiveMode.Create))
        {
            for (int i = 0; i < 300; i++)
            {
                using var entry = zip.CreateEntry($"{i}.dcm").Open();
                entry.Write(new B(Side, Side) { Syntax = B.Rle }.Text(0x0008_0018, "UI", $"1.2.3.{i}")
                    .Text(0x0020_0032, "DS", $"0\\0\\{i}").Fragments(false, frame).ToBytes());
            }
        }

        Assert.Contains("bytes of files that unpack to 5033164800", _folder.Refusal(_folder["bomb.zip"]));
    }

    [Fact]
    public void LargeFilesAreReadAFewAtATime()
    {
        for (int i = 0; i < 12; i++)
            _folder.Save($"ct/{i:D2}", [1]);
        int most = 0, now = 0;
        DicomContainer.Of(_folder["ct"]).ForEach(12, 12, (_, _, workspace) =>
        {
            workspace.Reserve(40 << 20);
            int together = Interlocked.Increment(ref now);
            InterlockedMax(ref most, together);
            Thread.Sleep(5);
            Interlocked.Decrement(ref now);
        }, null, TestContext.Current.CancellationToken);
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void ASliceOfMoreThan64MiBIsRefused()
    {
        _folder.SaveAll(3, (slice, _) => slice.Word(0x0028_0010, 5000).Word(0x0028_0011, 5000));
        Assert.Contains("an image of 5000 x 5000 pixels", _folder.Refusal());
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private string Prepared(string folder, string beside)
    {
        Directory.CreateDirectory(_folder[beside]);
        return folder;
    }
}
