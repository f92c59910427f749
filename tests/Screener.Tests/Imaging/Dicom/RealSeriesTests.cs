using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Whole series against pydicom: every voxel (by a digest per slice), the affine, and the order of the images.</summary>
public sealed class RealSeriesTests
{
    // Written with pydicom's and numpy's own operations; padding by the rule that the reader documents.
    internal const string Oracle = """
        import sys, io, os, json, zipfile, hashlib
        import numpy as np, pydicom
        path = sys.argv[1]
        if path.endswith('.zip'):
            z = zipfile.ZipFile(path)
            files = [io.BytesIO(z.read(n)) for n in z.namelist() if not n.endswith('/')]
        else:
            files = [os.path.join(path, n) for n in os.listdir(path)]
        sets = [pydicom.dcmread(f, force=True) for f in files]
        iop = np.array(sets[0].ImageOrientationPatient, float)
        normal = np.cross(iop[:3], iop[3:])
        sets.sort(key=lambda d: np.dot(normal, np.array(d.ImagePositionPatient, float)))
        slices = []
        for d in sets:
            raw = d.pixel_array.astype(np.int32)
            hu = raw * float(d.RescaleSlope) + float(d.RescaleIntercept)
            air = (hu == -2048) | (hu == -3024)
            if 'PixelPaddingValue' in d:
                p = d.PixelPaddingValue
                if isinstance(p, bytes): p = int.from_bytes(p[:2], 'little')
                if d.PixelRepresentation == 1 and p > 32767: p -= 65536
                air |= raw == p
            slices.append(np.where(air, -1000, hu))
        p0, p1 = (np.array(d.ImagePositionPatient, float) for d in (sets[0], sets[-1]))
        ps = [float(x) for x in sets[0].PixelSpacing]
        lps = np.stack([iop[:3] * ps[1], iop[3:] * ps[0], (p1 - p0) / (len(sets) - 1), p0], 1)
        ras = np.diag([-1., -1., 1.]) @ lps
        print(json.dumps({
            'affine': ras.ravel().tolist(),
            'uids': [str(d.SOPInstanceUID) for d in sets],
            'shape': [len(sets), int(sets[0].Rows), int(sets[0].Columns)],
            'digests': [hashlib.sha1(s.astype('<f4').tobytes()).hexdigest() for s in slices],
        }))
        """;

    [Theory]
    [InlineData("lidc-idri-0314/dicom.zip")]
    [InlineData("lidc-slabs/LIDC-IDRI-0001_16slices_dicom.zip")]
    [InlineData("lidc-slabs/LIDC-IDRI-0003_11slices_dicom.zip")]
    [InlineData("crlm-ct-1004/dicom.zip")]
    public void EveryVoxelAndTheGeometryAreThoseOfPydicom(string relative)
    {
        string path = SharedCt.PathOf(relative);
        var series = new DicomSeriesReader().ReadSeries(path, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(series.Notes);
        AssertSameAsPydicom(path, series);
        Assert.InRange(series.Volume.Voxels.Min(), -1100, -1000);
    }

    internal static void AssertSameAsPydicom(string path, DicomSeriesVolume series)
    {
        using var answer = JsonDocument.Parse(PythonOracle.Run(["pydicom", "numpy"], Oracle, path));
        var root = answer.RootElement;
        var shape = series.Volume.Shape;
        Assert.Equal(root.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()), [shape.Depth, shape.Height, shape.Width]);
        double[] affine = [.. root.GetProperty("affine").EnumerateArray().Select(e => e.GetDouble())];
        for (int i = 0; i < 12; i++)
            Assert.Equal(affine[i], series.Volume.Grid.Affine[i / 4, i % 4], 1e-5);
        Assert.Equal(root.GetProperty("uids").EnumerateArray().Select(e => e.GetString()), series.Slices.Select(s => s.SopInstanceUid));
        int size = shape.Height * shape.Width;
        var digests = series.Slices.Select(
            s => Convert.ToHexStringLower(SHA1.HashData(MemoryMarshal.AsBytes(series.Volume.Voxels.AsSpan(s.Index * size, size)))));
        Assert.Equal(root.GetProperty("digests").EnumerateArray().Select(e => e.GetString()), digests);
    }

    [Fact]
    public void AnnotatedImagesAreFoundByTheirUidAtTheirPosition()
    {
        var series = new DicomSeriesReader().ReadSeries(
            SharedCt.PathOf("lidc-idri-0314/dicom.zip"), cancellation: TestContext.Current.CancellationToken);
        string xml = File.ReadAllText(SharedCt.PathOf("lidc-idri-0314/053.xml"));
        var rois = System.Text.RegularExpressions.Regex.Matches(
            xml, "<imageZposition>(?<z>[^<]+)</imageZposition>\\s*<imageSOP_UID>(?<uid>[^<]+)</imageSOP_UID>");
        Assert.True(rois.Count >= 69);
        foreach (System.Text.RegularExpressions.Match roi in rois)
        {
            int index = Assert.NotNull(series.IndexOf(roi.Groups["uid"].Value));
            double z = double.Parse(roi.Groups["z"].Value, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(z, series.Slices[index].Z, 0.01);
            Assert.Equal(z, series.Volume.Grid.Affine.ToWorld(index, 0, 0).Z, 0.01);
        }
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotMatter()
    {
        string path = SharedCt.PathOf("crlm-ct-1004/dicom.zip");
        var one = new DicomSeriesReader(1).Read(path, VolumeReadOptions.Default, cancellation: TestContext.Current.CancellationToken);
        var four = new DicomSeriesReader(4).Read(path, VolumeReadOptions.Default, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(one.Voxels, four.Voxels);
    }
}
