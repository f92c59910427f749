using Screener.Datasets;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Annotations;

namespace Screener.Tests.Datasets;

public sealed class LidcLayoutTests
{
    private static readonly DatasetManifest Lidc = DatasetCatalogue.Find("lidc-idri");

    [Fact]
    public void SlabsWithOutlinesBeyondThemArePrepared()
    {
        string raw = SharedCt.PathOf("lidc-slabs");
        using var folder = new TemporaryFolder();
        var result = DatasetPreparation.Prepare(Lidc, raw, folder["cache"], DatasetPreparationOptions.Default, 2, 1L << 30, null, TestContext.Current.CancellationToken);
        Assert.Equal((0, 2, 0), (result.Kept, result.Made, result.Rejected));
        Assert.Equal(["LIDC-IDRI-0001-603192", "LIDC-IDRI-0003-003264"], result.Cache.CaseIds);
        var xRays = result.Oddities.Where(o => o.Kind == OddityKind.PassedOver).Select(o => o.Subject);
        Assert.Equal(["185_068.xml", "185_070.xml"], xRays);
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "157_160.xml" });
        var record = result.Cache.ReadRecord("LIDC-IDRI-0003-003264");
        Assert.Equal(["45 of 76 outlines lie in images that the series does not have.", "3 of 4 nodules lie outside of the series."], record.Notes);
        Assert.Equal(4, Assert.Single(record.Nodules!).Readers);

        // What the cache holds is what reading the raw files gives, turned to canonical axes.
        var series = new DicomSeriesReader().ReadSeries(Path.Combine(raw, "LIDC-IDRI-0003_11slices_dicom.zip"));
        var consensus = LidcConsensus.Of(LidcXmlReader.Read(Path.Combine(raw, "LIDC-IDRI-0003_72.xml")), series);
        var cached = result.Cache.Read(1, TestContext.Current.CancellationToken);
        Assert.Equal(Reorientation.ToCanonical(series.Volume).Voxels, cached.Ct.Voxels);
        Assert.Equal(Reorientation.ToCanonical(consensus.Mask).Voxels, cached.Lesions.Voxels);
        Assert.True(Reorientation.From(cached.Ct.Grid.Affine).IsIdentity);
        Assert.Null(cached.Organ);
        Assert.Equal(record.Volume!.LesionVoxels, cached.Lesions.Count);

        // Nothing to do writes nothing.
        var written = Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        result = DatasetPreparation.Prepare(Lidc, raw, folder["cache"], DatasetPreparationOptions.Default, 1, 1, null, TestContext.Current.CancellationToken);
        Assert.Equal((2, 0, 0), (result.Kept, result.Made, result.Rejected));
        Assert.Equal(written, Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc));
    }
}
