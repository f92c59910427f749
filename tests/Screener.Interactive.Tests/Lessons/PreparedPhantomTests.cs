using Screener.Interactive.Lessons;
using Screener.Phantoms;
using Screener.Preprocessing;

namespace Screener.Tests.Interactive.Lessons;

public sealed class PreparedPhantomTests
{
    [Fact]
    public void ATwinDiffersWhereItsDiseaseIs()
    {
        using var folder = new TemporaryFolder();
        var workspace = new LessonWorkspace(LessonSettings.Quick with { Artifacts = folder["a"], TestCases = 1 });
        var patients = workspace.TestPhantoms();
        Assert.Equal(
            [Pathology.LungNodules, Pathology.GroundGlass, Pathology.KidneyTumours, Pathology.LiverTumours],
            patients.Select(p => p.Pathology));
        var patient = patients[1];
        Assert.True(patient.Lesions.Count > 0);
        Assert.Contains(PhantomOrgan.RightLung, Enumerable.Range(0, patient.Organs.Voxels.Length).Select(patient.OrganAt));

        // Contrast equalisation carries a lesion's influence through its region, so only without it is the rest the same.
        var plain = PreprocessingOptions.Quick with { Clahe = false };
        var again = PhantomGenerator.Generate(patient.Seed, patient.Pathology, PhantomOptions.Default);
        var diseased = Preprocessor.Prepare(again.Volume, plain, 0);
        var twin = patient.HealthyTwin(plain);
        Assert.Equal(Pathology.None, twin.Pathology);
        Assert.Equal(0, twin.Lesions.Count);
        int inside = 0, outside = 0;
        for (int i = 0; i < diseased.Intensities.Length; i++)
        {
            if (Math.Abs(diseased.Intensities[i] - twin.Volume.Intensities[i]) > 0.02)
                _ = patient.Lesions.Voxels[i] != 0 ? inside++ : outside++;
        }

        Assert.True(inside > patient.Lesions.Count / 2, $"{inside} of {patient.Lesions.Count} lesion voxels changed");
        Assert.True(outside < patient.Lesions.Count, $"{outside} voxels changed outside of {patient.Lesions.Count} lesion voxels");
    }
}
