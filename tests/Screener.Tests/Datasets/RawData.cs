using Screener.Datasets;

namespace Screener.Tests.Datasets;

/// <summary>Writes small raw folders with pydicom and nibabel, in the layouts of the datasets.</summary>
internal static class RawData
{
    internal const string LidcXml = """

        def ring(x0, y0, x1, y1):   # the first pixels outside of x0..x1, y0..y1
            return ([(x, y0 - 1) for x in range(x0 - 1, x1 + 2)] + [(x1 + 1, y) for y in range(y0, y1 + 2)]
                + [(x, y1 + 1) for x in range(x1, x0 - 2, -1)] + [(x0 - 1, y) for y in range(y1, y0 - 2, -1)])
        def lidc_xml(series_uid, readers, root='LidcReadMessage'):
            def roi(uid, points, inclusion='TRUE'):
                edges = ''.join(f'<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>' for x, y in points)
                return (f'<roi><imageZposition>0</imageZposition><imageSOP_UID>{uid}</imageSOP_UID>'
                    f'<inclusion>{inclusion}</inclusion>{edges}</roi>')
            sessions = ''.join('<readingSession><servicingRadiologistID>x</servicingRadiologistID>' + ''.join(
                f'<unblindedReadNodule><noduleID>{n}</noduleID><characteristics><subtlety>5</subtlety>'
                f'<malignancy>{n + 1}</malignancy></characteristics>' + ''.join(roi(*r) for r in rois) + '</unblindedReadNodule>'
                for n, rois in enumerate(nodules)) + '</readingSession>' for nodules in readers)
            return (f'<?xml version="1.0"?><{root} xmlns="http://www.nih.gov"><ResponseHeader>'
                f'<SeriesInstanceUid>{series_uid}</SeriesInstanceUid></ResponseHeader>{sessions}</{root}>')
        """;

    /// <summary>
    /// What the scripts share: a body of soft tissue in air, DICOM series, NIfTI files, and canonical arrays to compare with.
    /// </summary>
    private const string Prelude = """
        import sys, os, json, zipfile, gzip, io
        import numpy as np
        root = sys.argv[1]

        def at(*parts):
            path = os.path.join(root, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return path

        # HU, [d, h, w], all voxels different from their mirror images, and a lesion of 3 x 5 x 6 voxels.
        def body(d=8, h=32, w=40, seed=0):
            rng = np.random.default_rng(seed)
            z, y, x = np.mgrid[:d, :h, :w]
            inside = ((y - h / 2) / (h * .4)) ** 2 + ((x - w / 2) / (w * .4)) ** 2 < 1
            hu = np.where(inside, 40 + rng.normal(0, 15, (d, h, w)), -1000).astype(np.int16)
            lesion = np.zeros((d, h, w), np.uint8)
            lesion[d // 2 - 1:d // 2 + 2, h // 2:h // 2 + 5, w // 2 - 9:w // 2 - 3] = 1
            hu[lesion > 0] += 150
            return hu, lesion

        # The files to compare with: int16 and uint8, W fastest, in canonical orientation.
        def expect(name, image, label=None):
            np.ascontiguousarray(image).astype('<i2').tofile(at('..', 'expected', name + '.hu16'))
            if label is not None:
                np.ascontiguousarray(label).astype('u1').tofile(at('..', 'expected', name + '.mask'))

        def nifti(path, array_dhw, affine, dtype=np.int16):
            import nibabel
            image = nibabel.Nifti1Image(np.ascontiguousarray(array_dhw.T).astype(dtype), affine)
            image.set_sform(affine, 1)
            nibabel.save(image, path)

        def nifti_bytes(array_dhw, affine, dtype=np.int16):
            import nibabel
            image = nibabel.Nifti1Image(np.ascontiguousarray(array_dhw.T).astype(dtype), affine)
            return gzip.compress(image.to_bytes())

        def canonical(array_dhw, affine):
            import nibabel
            image = nibabel.as_closest_canonical(nibabel.Nifti1Image(np.ascontiguousarray(array_dhw.T), affine))
            return np.asarray(image.dataobj).T

        def uid(*numbers):
            return '1.2.826.0.1.3680043.8.498.' + '.'.join(map(str, numbers))

        # One CT series, rows to the left and columns to the back as scanners write them, slices feet first.
        def series(folder, hu, series_uid, patient, spacing=(5, 4, 4), skip=(), repeat=(), modality='CT',
                image_type=('ORIGINAL', 'PRIMARY', 'AXIAL'), z0=-100.0, study=None, first=0):
            import pydicom
            from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
            os.makedirs(os.path.join(root, folder), exist_ok=True)
            names = []
            for d in list(range(len(hu))) + list(repeat):
                if d in skip:
                    continue
                meta = FileMetaDataset()
                meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
                meta.MediaStorageSOPInstanceUID = series_uid + f'.{d + 1}'
                meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
                name = os.path.join(root, folder, f'1-{len(names) + 1 + first:03d}.dcm')
                ds = FileDataset(name, {}, file_meta=meta, preamble=b'\0' * 128)
                ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
                ds.PatientID, ds.PatientName = patient, patient
                ds.StudyInstanceUID, ds.SeriesInstanceUID = study or uid(9), series_uid
                ds.Modality, ds.ImageType, ds.InstanceNumber = modality, list(image_type), d + 1
                ds.ImagePositionPatient = [-80.0, -60.0, z0 + d * spacing[0]]
                ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
                ds.PixelSpacing, ds.SliceThickness = [spacing[1], spacing[2]], spacing[0]
                ds.Rows, ds.Columns = hu.shape[1:]
                ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, 'MONOCHROME2'
                ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
                ds.RescaleIntercept, ds.RescaleSlope = -1024, 1
                ds.PixelData = (hu[d].astype(np.int32) + 1024).astype('<u2').tobytes()
                ds.is_little_endian, ds.is_implicit_VR = True, False
                ds.save_as(name, write_like_original=False)
                names.append(name)
            return names

        # What a series' array is in canonical orientation: to the right, to the front, to the head.
        def turned(array_dhw):
            return array_dhw[:, ::-1, ::-1]
        """;

    /// <summary>Writes a raw folder.</summary>
    /// <param name="folder">A temporary folder; the raw files go to "raw", arrays to compare with to "expected".</param>
    /// <param name="script">Python after the prelude.</param>
    /// <param name="modules">Modules beside numpy.</param>
    internal static string Write(TemporaryFolder folder, string script, params string[] modules)
    {
        Directory.CreateDirectory(folder["raw"]);
        PythonOracle.Run(["numpy", .. modules], Prelude + "\n" + script, folder["raw"]);
        return folder["raw"];
    }

    /// <summary>Imports it, on two threads.</summary>
    internal static DatasetImportResult Import(
        TemporaryFolder folder, string dataset, DatasetImportOptions? options = null, string cache = "cache") =>
            DatasetImport.Import(
        DatasetCatalogue.Find(dataset), folder["raw"], folder[cache], options ?? DatasetImportOptions.Default, 2, 1L << 30, null,
        TestContext.Current.CancellationToken);

    /// <summary>A cached volume holds what the script expected.</summary>
    internal static void AssertAsExpected(TemporaryFolder folder, HuCache cache, string id, string? name = null)
    {
        var cached = cache.Read(cache.CaseIds.ToList().IndexOf(id), TestContext.Current.CancellationToken);
        byte[] hu = File.ReadAllBytes(folder[$"expected/{name ?? id}.hu16"]);
        Assert.Equal(hu.Length / 2, cached.Ct.Voxels.Length);
        Assert.Equal(Enumerable.Range(0, hu.Length / 2).Select(i => (float)BitConverter.ToInt16(hu, 2 * i)), cached.Ct.Voxels);
        if (File.Exists(folder[$"expected/{name ?? id}.mask"]))
            Assert.Equal(File.ReadAllBytes(folder[$"expected/{name ?? id}.mask"]), cached.Lesions.Voxels);
    }

    /// <summary>The reason why a case was rejected.</summary>
    internal static string ReasonOf(HuCache cache, string id)
    {
        string reason = Assert.Single(cache.Rejected, r => r.Id == id).Reason;
        Assert.Equal(reason, cache.ReadRecord(id).Rejected);
        Assert.DoesNotContain(Path.GetTempPath(), reason);
        return reason;
    }
}
