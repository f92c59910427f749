using System.Text.Json;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;
using Screener.Tests.Studies;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class ScreenDicomTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ScreenDicomTests()
    {
        SmallStudies.WriteModel(_folder);
        SmallStudies.WriteBall(_folder["ct.nii"], 1);
        SmallStudies.WriteSeries(_folder["anonymous"], 1, "1.2.3.40000.7", "1.2.3.40000.8", 4);
        SmallStudies.WriteSeries(
            _folder["series"], 1, "1.2.3.40000.7", "1.2.3.40000.8", 4, change: (s, _) => s.Text(0x0020_0052, "UI", "1.2.3.40000.9"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FindingsBecomeASegmentationAndACapture()
    {
        var grid = new DicomSeriesReader(1).Read(_folder["series"], VolumeReadOptions.Default).Grid;
        NiftiWriter.Write(
            _folder["organs.nii.gz"], new LabelVolume(grid, [.. Enumerable.Repeat((byte)5, grid.Shape.CheckedLength())]));
        var run = await Run(
            "series", "--seg", "F/seg.dcm", "--capture", "F/capture.dcm", "--out", "F/map.nii.gz", "--map-type", "int16", "--organs",
            "F/organs.nii.gz", "--organ-names", "totalsegmentator", "--page", "F/page.html", "--json", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        var findings = run.Json().GetProperty("findings").GetProperty("list");
        Assert.NotEqual(0, findings.GetArrayLength());
        Assert.All(findings.EnumerateArray(), f => Assert.Equal("liver", f.GetProperty("organName").GetString()));
        Assert.Contains(", liver", File.ReadAllText(_folder["page.html"]));
        using var seen = JsonDocument.Parse(PythonOracle.Run(
            ["numpy", "pydicom"],
            """
            import sys, json, pydicom
            s, c = (pydicom.dcmread(sys.argv[1] + f) for f in ('/seg.dcm', '/capture.dcm'))
            print(json.dumps([[i.SegmentLabel for i in s.SegmentSequence], int(s.pixel_array.sum()), c.pixel_array.shape[0],
                              str(s.PatientID), s.StudyInstanceUID == c.StudyInstanceUID]))
            """, _folder.FullName));
        Assert.Equal(findings.GetArrayLength(), seen.RootElement[0].GetArrayLength());
        Assert.Equal("Finding 1, liver", seen.RootElement[0][0].GetString());
        double millilitres = findings.EnumerateArray().Sum(f => f.GetProperty("volumeMl").GetDouble());
        Assert.Equal(millilitres, seen.RootElement[1].GetInt32() * grid.VoxelVolume / 1000, 6);
        Assert.Equal(grid.Shape.Depth, seen.RootElement[2].GetInt32());
        Assert.Equal("SECRET-7", seen.RootElement[3].GetString());
        Assert.True(seen.RootElement[4].GetBoolean());
    }

    [Theory]
    [InlineData("ct.nii --seg F/no.dcm", 2, "--seg: an input that is not DICOM; expected a DICOM series")]
    [InlineData("ct.nii --capture F/no.dcm", 2, "--capture: an input that is not DICOM")]
    [InlineData("anonymous --seg F/no.dcm", 1, "images without FrameOfReferenceUID")]
    [InlineData("series --seg F/no.nii", 2, "--seg: 'F/no.nii'; expected a name that ends in .dcm")]
    [InlineData("series --seg-probability F/no.dcm", 2, "--seg-probability: none + gaussian, whose scores have no unit")]
    [InlineData("series --seg F/no.dcm --out F/no/", 2, "--seg: many CTs")]
    public async Task WhatCannotBeWrittenIsSaidBeforeTheWork(string line, int code, string mention)
    {
        var run = await Run(line.Split(' '));
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.Contains(mention.Replace("F/", _folder.FullName + "/", StringComparison.Ordinal), run.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullName, "no*"));
    }

    private Task<CommandLine> Run(params string[] line) => CommandLine.RunAsync(
        ["screen", _folder[line[0]], .. line[1..].Select(w => w.Replace("F/", _folder.FullName + "/", StringComparison.Ordinal)),
            "--model", _folder["m.screener"], "--head", "none", "--threads", "1", "--precision", "float32"]);
}
