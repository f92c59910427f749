using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;

namespace Screener.Tests.Imaging;

public sealed class VolumeReadersTests
{
    [Fact]
    public void WhatNobodyReadsIsNamedByWhatItIs()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["empty"]);
        File.WriteAllText(folder["notes.txt"], "hello");
        File.WriteAllBytes(folder["ct.zip"], [.. "PK\x03\x04 and then the copy broke off"u8]);
        File.WriteAllBytes(folder["nothing"], []);
        var readers = new VolumeReaders(new NiftiVolumeReader(), new DicomSeriesReader());
        Assert.Throws<MissingInputException>(() => readers.Read(folder["absent"]));
        foreach (var (name, found) in ((string, string)[])[("empty", "a folder without a CT series"), ("notes.txt", "an unknown format"),
            ("nothing", "an unknown format"), ("ct.zip", "a damaged zip")])
        {
            var error = Assert.Throws<VolumeFormatException>(() => readers.Read(folder[name]));
            Assert.StartsWith($"{folder[name]}: {found}", error.Message);
        }
    }

    [Fact]
    public void AZipOrFolderOfSomethingElseIsCalledWhatItIs()
    {
        using var folder = new TemporaryFolder();
        void Zip(string name, string entry)
        {
            using var zip = ZipFile.Open(folder[name], ZipArchiveMode.Create);
            zip.CreateEntry(entry).Open().Dispose();
        }

        Zip("outer.zip", "study/series.zip");
        Zip("nifti.zip", "scan/ct.nii.gz");
        Zip("notes.zip", "notes.txt");
        Directory.CreateDirectory(folder["folder"]);
        Zip("folder/series.zip", "notes.txt");
        var readers = new VolumeReaders(new NiftiVolumeReader(), new DicomSeriesReader());
        foreach (var (name, found, remedy) in ((string, string, string)[])[
            ("outer.zip", "a zip with one archive (study/series.zip)", "Unpack it"),
            ("nifti.zip", "a zip with one volume file (scan/ct.nii.gz)", "pass that file"),
            ("notes.zip", "a zip without a CT series (1 files, none of them DICOM)", "Check the path"),
            ("folder", "a folder with one archive (series.zip)", "Pass the archive if it is a zip")])
        {
            string message = Assert.Throws<VolumeFormatException>(() => readers.Read(folder[name])).Message;
            Assert.Contains(found, message);
            Assert.Contains(remedy, message);
        }
    }
}
