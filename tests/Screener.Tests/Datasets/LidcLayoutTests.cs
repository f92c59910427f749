using Screener.Datasets;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Annotations;
using Screener.Reporting;

namespace Screener.Tests.Datasets;

public sealed class LidcLayoutTests
{
    private static readonly DatasetManifest Lidc = DatasetCatalogue.Find("lidc-idri");

    [Fact]
    public void SlabsWithOutlinesBeyondThemAreImported()
    {
        string raw = SharedCt.PathOf("lidc-slabs");
        using var folder = new TemporaryFolder();
        var result = DatasetImport.Import(
            Lidc, raw, folder["cache"], DatasetImportOptions.Default, 2, 1L << 30, null, TestContext.Current.CancellationToken);
        Assert.Equal((0, 2, 0), (result.Kept, result.Made, result.Rejected));
        Assert.Equal(["LIDC-IDRI-0001-603192", "LIDC-IDRI-0003-003264"], result.Cache.CaseIds);
        var xRays = result.Oddities.Where(o => o.Kind == OddityKind.PassedOver).Select(o => o.Subject);
        Assert.Equal(["185_068.xml", "185_070.xml"], xRays);
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "157_160.xml" });
        var record = result.Cache.ReadRecord("LIDC-IDRI-0003-003264");
        Assert.Equal(
            ["45 of 76 outlines lie in images that the series does not have.", "3 of 4 nodules lie outside of the series."], record.Notes);
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
        var written = Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).ToDictionary(
            f => f, File.GetLastWriteTimeUtc);
        result = DatasetImport.Import(
            Lidc, raw, folder["cache"], DatasetImportOptions.Default, 1, 1, null, TestContext.Current.CancellationToken);
        Assert.Equal((2, 0, 0), (result.Kept, result.Made, result.Rejected));
        Assert.Equal(
            written, Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).ToDictionary(
                f => f, File.GetLastWriteTimeUtc));
    }

    /// <summary>The whole series from DICOM and XML to volume, mask and picture, with the nodule where four readers drew it.</summary>
    [Fact]
    public void ANoduleIsWhereItsReadersDrewIt()
    {
        string raw = SharedCt.PathOf("lidc-idri-0314");
        using var folder = new TemporaryFolder();
        var cache = DatasetImport.Import(
            Lidc, raw, folder["cache"], DatasetImportOptions.Default, 2, 1L << 30, null, TestContext.Current.CancellationToken).Cache;
        var (id, ct, lesions, _) = cache.Read(0, TestContext.Current.CancellationToken);
        var nodule = Assert.Single(cache.ReadRecord(id).Nodules!);
        Assert.Equal((4, 4), (nodule.Readers, nodule.Characteristics.Count));
        Assert.Equal(lesions.Count, cache.Cases[0].LesionVoxels);
        Assert.InRange(lesions.Count * ct.Grid.VoxelVolume, 1900, 2200);

        // The middle of the outlines lies in the mask; the mask is tissue and what surrounds it is lung.
        var inverse = ct.Grid.Affine.Inverse();
        var (w, h, d) = inverse.ToWorld(nodule.Z, nodule.Y, nodule.X);
        Assert.Equal(1, lesions[(int)Math.Round(d), (int)Math.Round(h), (int)Math.Round(w)]);
        var inside = Enumerable.Range(0, ct.Voxels.Length).Where(i => lesions.Voxels[i] != 0).ToList();
        Assert.InRange(inside.Average(i => ct.Voxels[i]), -200, 100);
        Assert.InRange(inside.Average(i => ct.Voxels[i + 20]), -1000, -400);

        // Drawn, the outline surrounds what the readers enclosed: radiological, so that the patient's right is on the left.
        var at = SlicePosition.OfLargestLesion(lesions)!.Value;
        var options = SliceRenderOptions.Default with { Window = WindowPreset.Lung, SideLabels = false };
        RgbImage plain = SliceRenderer.Render(ct, SlicePlane.Axial, at, options), outlined = SliceRenderer.Render(
            ct, SlicePlane.Axial, at, options, null, lesions);
        var drawn =
            (from y in Enumerable.Range(0, plain.Height) from x in Enumerable.Range(
                0, plain.Width) where plain[x, y] != outlined[x, y] select (X: x, Y: y)).ToList();
        double scale = plain.Width / 512.0;
        var row = inside.Where(i => i / (512 * 512) == at.Depth).ToList();
        Assert.InRange(drawn.Average(p => p.X) / scale, 511 - row.Max(i => i % 512) - 2, 511 - row.Min(i => i % 512) + 2);
        Assert.InRange(drawn.Average(p => p.Y) / scale, 511 - row.Max(i => i / 512 % 512) - 2, 511 - row.Min(i => i / 512 % 512) + 2);
    }
}
