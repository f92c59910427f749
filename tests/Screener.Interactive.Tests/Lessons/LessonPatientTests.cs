using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Interactive.Lessons;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class LessonPatientTests
{
    [Fact]
    public void WithoutAnyCtThePatientIsAPhantomOfTheSeed()
    {
        using var folder = new TemporaryFolder();
        var patient = new LessonWorkspace(Settings(folder) with { Seed = 7 }).Patient();
        Assert.StartsWith("A phantom, seed 7: not a patient, but computed.", patient.About, StringComparison.Ordinal);
        Assert.Equal("phantom 7, lung nodules", patient.Ct.Source);
        Assert.NotEqual(0, patient.Lesions!.Count);
        Assert.True(patient.Lesions.Grid.Matches(patient.Ct.Grid));
    }

    [Fact]
    public void AnOwnCtGoesBeforeEverythingElse()
    {
        using var folder = new TemporaryFolder();
        var voxels = new float[4 * 5 * 6];
        Array.Fill(voxels, -1000f, 0, 60);
        NiftiWriter.Write(folder["own.nii"], new CtVolume(new VolumeGrid(new(4, 5, 6), Affine.Canonical(new Spacing(15, 15, 15))), voxels));
        var patient = new LessonWorkspace(Settings(folder) with { Ct = folder["own.nii"] }).Patient();
        Assert.StartsWith("own.nii: a CT of which no lesion is known. No values above 0 HU", patient.About, StringComparison.Ordinal);
        Assert.Equal(new VolumeShape(4, 5, 6), patient.Ct.Shape);
        Assert.Null(patient.Lesions);
    }

    [Fact]
    public void WhatIsNoCtIsRefused()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["mask.nii"], new CtVolume(new VolumeGrid(new(2, 2, 2), Affine.Identity), new float[8]));
        var workspace = new LessonWorkspace(Settings(folder) with { Ct = folder["mask.nii"] });
        Assert.Contains("Hounsfield", Assert.Throws<VolumeFormatException>(() => workspace.Patient()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnnotationsWithoutTheirCtAreRefused() =>
        Assert.Contains(
            "Annotations", Assert.Throws<OptionException>(() => (LessonSettings.Quick with { Annotations = "053.xml" }).Validate()).Message,
            StringComparison.Ordinal);

    [Fact]
    public void TheSharedPatientIsShownWithTheReadersNodule()
    {
        using var folder = new TemporaryFolder();
        string shared = Path.GetDirectoryName(Path.GetDirectoryName(SharedCt.PathOf("lidc-idri-0314/dicom.zip")))!;
        var patient = new LessonWorkspace(Settings(folder) with { SharedCt = shared }).Patient();
        Assert.Equal(
            "LIDC-IDRI-0314: a patient of LIDC-IDRI. 4 radiologists looked for nodules; at least half of them drew 2.1 ml.", patient.About);
        Assert.Equal(new VolumeShape(275, 512, 512), patient.Ct.Shape);
        Assert.NotEqual(0, patient.Lesions!.Count);
    }

    private static LessonSettings Settings(TemporaryFolder folder) => LessonSettings.Quick with
    {
        Artifacts = folder["lessons"], SharedCt = folder["none"],
    };
}
