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
        foreach (var (name, found) in ((string, string)[])[("empty", "a folder without a CT series"), ("notes.txt", "an unknown format"), ("nothing", "an unknown format"), ("ct.zip", "a damaged zip")])
        {
            var error = Assert.Throws<VolumeFormatException>(() => readers.Read(folder[name]));
            Assert.StartsWith($"{folder[name]}: {found}", error.Message);
        }
    }
}
