using Screener.Datasets;
using Screener.Errors;

namespace Screener.Tests.Datasets;

/// <summary>People's own CTs with a mask beside each, as nibabel and pydicom write them.</summary>
public sealed class PairsLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FilesAndFoldersOfAnyFormatArePairedByTheirNames()
    {
        RawData.Write(
            _folder,
            """
            lps = np.array([[-4., 0, 0, 70], [0, -4, 0, 60], [0, 0, 5, -20], [0, 0, 0, 1]])
            ras = np.array([[4., 0, 0, -86], [0, 4, 0, -64], [0, 0, 5, -20], [0, 0, 0, 1]])
            def pair(image, mask, n, affine=lps, mask_affine=None, values=1):
                hu, lesion = body(seed=n)
                if image: nifti(at(image), hu, affine)
                if mask: nifti(at(mask), lesion * values, affine if mask_affine is None else mask_affine, np.uint8)
                return hu, lesion
            hu, lesion = pair('p 01.nii.gz', 'p 01-lesion.nii.gz', 1)
            expect('p_01', canonical(hu, lps), canonical(lesion, lps))
            hu, lesion = pair('deep/er/p02.nii', 'deep/er/p02_seg.nii.gz', 2, values=7)
            expect('p02', canonical(hu, lps), canonical(lesion, lps))

            # The mask is stored in another orientation than its CT.
            hu, lesion = body(seed=3)
            nifti(at('p03/ct.nii.gz'), hu, lps)
            nifti(at('p03/mask.nii.gz'), lesion[:, ::-1, ::-1], ras, np.uint8)
            expect('p03', canonical(hu, lps), canonical(lesion, lps))

            # A box is a mask as well; an empty mask says that there is no lesion.
            hu, lesion = body(seed=4)
            nifti(at('p04.nii.gz'), hu, lps)
            nifti(at('p04-box.nii.gz'), lesion * 0, lps, np.uint8)
            expect('p04', canonical(hu, lps), canonical(lesion * 0, lps))

            # A folder of DICOM.
            hu, lesion = body(seed=5)
            series('p05/dicom', hu, uid(5), 'five')
            lps5 = np.array([[-4., 0, 0, 0], [0, -4, 0, 0], [0, 0, 5, 0], [0, 0, 0, 1]])
            import pydicom, glob
            first = min((pydicom.dcmread(f) for f in glob.glob(at('p05/dicom/*'))), key=lambda d: float(d.ImagePositionPatient[2]))
            lps5[:3, 3] = np.array([-1, -1, 1]) * np.array(first.ImagePositionPatient, float)
            nifti(at('p05/mask.nii'), lesion, lps5, np.uint8)
            expect('p05', canonical(hu, lps5), canonical(lesion, lps5))

            # MetaImage and NRRD, to the left and to the back as ITK has it.
            def local(path, array, header):
                kind = {'int16': ('MET_SHORT', 'short'), 'uint8': ('MET_UCHAR', 'uchar')}[str(array.dtype)]
                sizes = ' '.join(map(str, array.shape[::-1]))
                with open(at(path), 'wb') as f:
                    f.write(header.format(*kind, sizes=sizes).encode()); f.write(np.ascontiguousarray(array).tobytes())
            mha = ('ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n'
                'TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -70 -60 -20\nElementSpacing = 4 4 5\nDimSize = {sizes}\n'
                'ElementType = {0}\nElementDataFile = LOCAL\n')
            nrrd = ('NRRD0005\ntype: {1}\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes}\n'
                'space directions: (4,0,0) (0,4,0) (0,0,5)\nspace origin: (-70,-60,-20)\nendian: little\nencoding: raw\n\n')
            hu, lesion = body(seed=10)
            local('p06.mha', hu, mha)
            local('p06_seg.nrrd', lesion, nrrd)
            expect('p06', canonical(hu, lps), canonical(lesion, lps))
            hu, lesion = body(seed=11)
            local('p07/ct.nrrd', hu, nrrd)
            local('p07/mask.mha', lesion, mha)
            expect('p07', canonical(hu, lps), canonical(lesion, lps))

            pair('alone.nii.gz', None, 6)
            pair(None, 'lost-lesion.nii.gz', 7)
            pair('twice.nii.gz', 'twice-lesion.nii.gz', 8); pair(None, 'twice_seg.nii.gz', 8)
            shifted = lps.copy(); shifted[0, 3] += 4
            pair('moved.nii.gz', 'moved-mask.nii.gz', 9, mask_affine=shifted)
            open(at('notes.docx'), 'w').write('?')
            """,
            "nibabel", "pydicom");
        var result = RawData.Import(_folder, "pairs");
        Assert.Equal(["p02", "p03", "p04", "p05", "p06", "p07", "p_01"], result.Cache.CaseIds);
        foreach (string id in result.Cache.CaseIds)
            RawData.AssertAsExpected(_folder, result.Cache, id);
        foreach (var (id, mention) in new[] { ("alone", "no mask"), ("twice", "2 masks"), ("moved", "the CT's") })
            Assert.Contains(mention, result.Cache.Rejected.Single(r => r.Id == id).Reason, StringComparison.Ordinal);
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "lost-lesion.nii.gz" });
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Surplus, Subject: "notes.docx" });
    }

    [Fact]
    public void OtherNamesAndValuesAreOptions()
    {
        RawData.Write(
            _folder,
            """
            lps = np.array([[-4., 0, 0, 70], [0, -4, 0, 60], [0, 0, 5, -20], [0, 0, 0, 1]])
            hu, lesion = body(seed=1)
            nifti(at('studies/a/scan/volume.nii.gz'), hu, lps)
            labels = np.where(lesion > 0, 2, np.where(hu > 60, 1, 0)).astype(np.uint8)
            nifti(at('studies/a/scan/tumour_v3.nii.gz'), labels, lps, np.uint8)
            expect('a', canonical(hu, lps), canonical((labels == 2).astype(np.uint8), lps))
            """,
            "nibabel");
        var options = new DatasetImportOptions
        {
            Files = new(["{id}/scan/volume.nii.gz"], ["{id}/scan/tumour_*.nii.gz"]),
            Pathology = ["2"],
        };
        var result = RawData.Import(_folder, "pairs", options);
        Assert.Equal(["a"], result.Cache.CaseIds);
        RawData.AssertAsExpected(_folder, result.Cache, "a");
        Assert.NotNull(result.Cache.Read(0, TestContext.Current.CancellationToken).Organ);
    }

    [Fact]
    public void OptionsThatSayNothingAreRefused()
    {
        var pairs = DatasetCatalogue.Find("own");
        Assert.Equal("pairs", pairs.Id);
        foreach (var wrong in new DatasetImportOptions[]
        {
            new() { Files = new(["ct.nii.gz"], ["{id}.nii"]) },
            new() { Files = new(["{id}.nii.gz"], []) },
            new() { Files = new([], ["{id}.nii"]) },
            new() { Pathology = ["tumour"] },
            new() { Pathology = ["0"] },
            new() { Pathology = ["256"] },
            new() { Pathology = [] },
            new() { Consensus = 1 },
        })
            Assert.Throws<OptionException>(() => wrong.Validate(pairs));
        Assert.Throws<OptionException>(() => new DatasetImportOptions { Files = pairs.Files }.Validate(DatasetCatalogue.Find("lits")));
    }
}
