using System.Text;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.MetaImage;
using Screener.Imaging.Nifti;
using Screener.Imaging.Nrrd;
using Screener.Phantoms.Dicom;
using Screener.Randomness;

namespace Screener.Tests.Imaging;

public sealed class PatientGridTests
{
    [Theory]
    [InlineData(40, 5, 128, 3, null, null)]
    [InlineData(40, 0.005, 128, 0.003, "0.005 x 0.003 x 0.003 mm", "0.005")]
    [InlineData(40, 5, 128, 0.049, "0.049", "0.049")]
    [InlineData(40, 5, 128, 0.05, null, null)]
    [InlineData(40, 30, 64, 30, null, null)]
    [InlineData(40, 30.1, 64, 3, "30.1 x 3 x 3 mm", "30.1")]
    [InlineData(101, 30, 64, 3, "3030 x 192 x 192 mm", "3030")]
    [InlineData(40, 1.2, 40, 1.2, null, "48 x 48 x 48 mm")]
    [InlineData(1, 1, 50, 1, null, null)]
    [InlineData(40, double.NaN, 40, 1, "NaN", "NaN")]
    public void SpacingAndExtentHaveBounds(int slices, double sliceSpacing, int pixels, double pixelSpacing, string? asGrid, string? asBody)
    {
        var grid = new VolumeGrid(
            new VolumeShape(slices, pixels, pixels), Affine.Canonical(new Spacing(sliceSpacing, pixelSpacing, pixelSpacing)));
        Check(() => PatientGrid.Require(grid, "a.nii"), asGrid);
        Check(() => PatientGrid.RequireBody(grid, "a.nii"), asBody);

        static void Check(Action ask, string? mention)
        {
            if (mention is null)
            {
                ask();
                return;
            }

            string message = Assert.Throws<VolumeFormatException>(ask).Message;
            Assert.StartsWith("a.nii: ", message);
            Assert.Contains(mention, message);
        }
    }

    [Fact]
    public void EveryReaderAsks()
    {
        using var folder = new TemporaryFolder();
        var grid = new VolumeGrid(new VolumeShape(4, 8, 8), Affine.Canonical(new Spacing(40, 40, 40)));
        var ct = new CtVolume(grid, new float[grid.Shape.CheckedLength()], "x");
        NiftiWriter.Write(folder["ct.nii"], ct);
        DicomSeriesWriter.Write(ct, folder["series"], new RandomStream(1));
        HuVolumeFile.Write(folder["ct.hu"], "lits", "1", ct, null, TestContext.Current.CancellationToken);
        Save("ct.mha", "ObjectType = Image\nNDims = 3\nDimSize = 8 8 4\nElementType = MET_SHORT\nElementSpacing = 40 40 40\n"
            + "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementDataFile = LOCAL\n");
        Save("ct.nrrd", "NRRD0005\ntype: short\ndimension: 3\nsizes: 8 8 4\nendian: little\nencoding: raw\nspace: RAS\n"
            + "space directions: (40,0,0) (0,40,0) (0,0,40)\nspace origin: (0,0,0)\n\n");
        foreach (var (reader, name) in (
            (IVolumeReader, string)[])[(new NiftiVolumeReader(), "ct.nii"), (new DicomSeriesReader(1), "series"),
            (new HuVolumeReader(), "ct.hu"), (new MetaImageReader(), "ct.mha"), (new NrrdReader(), "ct.nrrd")])
        {
            string message = Assert.Throws<VolumeFormatException>(() => reader.Read(folder[name], VolumeReadOptions.Default)).Message;
            Assert.StartsWith(folder[name], message);
            Assert.Contains("40 x 40 x 40 mm", message);
        }

        void Save(string name, string header) => File.WriteAllBytes(
            folder[name], [.. Encoding.ASCII.GetBytes(header), .. new byte[sizeof(short) * grid.Shape.VoxelCount]]);
    }
}
