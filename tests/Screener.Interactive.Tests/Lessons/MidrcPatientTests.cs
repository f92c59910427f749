using Screener.Annotations;
using Screener.Datasets;
using Screener.Interactive.Lessons;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class MidrcPatientTests
{
    [Fact]
    public void InventedDrawingsHaveWhatOccursInTheRealOnesAndLieAtTheLesions()
    {
        using var folder = new TemporaryFolder();
        var (series, truth, same) = BallPatient.Write(folder["raw/midrc/1/1/1"], (13, 22, 22, 10), (12, 44, 56, 7), (9, 54, 20, 3));
        File.WriteAllText(folder["raw/midrc/drawn.json"], InventedDrawings.Json(series, truth));

        // Its raw folder is one of the collection.
        var settings = LessonSettings.Quick with { Artifacts = folder["lessons"], SharedCt = folder["none"], Datasets = folder["raw"] };
        var patient = new LessonWorkspace(settings).MidrcPatient();
        Assert.True(patient.IsReal);
        Assert.Equal(series.Series.SeriesUid, patient.Series.Series.SeriesUid);
        Assert.Equal(
            ["Infectious TIB/micronodules", "Infectious opacity", "Other noninfectious opacity"],
            patient.Drawn.Select(d => d.Label.Name).Distinct().Order(StringComparer.Ordinal));

        string[] all = [.. DatasetCatalogue.Find("midrc-ricord-1a").Labels.Select(l => l.Name)];
        var everything = MdaiMask.Of(patient.Drawn, patient.Series, all);
        Assert.Equal((1, 0, 0), (everything.Empty, everything.Elsewhere, everything.OtherLabels));
        Assert.InRange(BallPatient.Dice(everything.Mask, same), 0.96, 1);

        // The ball of 7 mm has 15 slices and does not count.
        var infectious = MdaiMask.Of(patient.Drawn, patient.Series, all[..3]);
        Assert.Equal(15, infectious.OtherLabels);
        Assert.InRange(everything.Mask.Count - infectious.Mask.Count, 0.9 * 4.19 * 343, 1.1 * 4.19 * 343);
        var cache = new LessonWorkspace(settings).Datasets("midrc")[0].Import();
        Assert.Equal(infectious.Mask.Count, Assert.Single(cache.Cases).LesionVoxels);
    }
}
