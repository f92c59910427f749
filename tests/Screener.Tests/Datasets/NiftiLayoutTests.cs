using Screener.Datasets;
using Screener.Errors;

namespace Screener.Tests.Datasets;

/// <summary>KiTS, LiTS, AMOS and AbdomenAtlas in small, with what goes wrong in them.</summary>
public sealed class NiftiLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KiTS21WithItsAxesAndEveryOddity()
    {
        RawData.Write(
            _folder,
            """
            # KiTS stores slices first, rows to the back, columns to the left.
            kits = np.array([[0, 0, -4., 70], [0, -4, 0, 60], [-5, 0, 0, -20], [0, 0, 0, 1]])
            def case(n, affine=kits, mask_affine=None, image=True, label=True, top=3):
                hu, lesion = body(seed=n)
                hu, lesion = hu.transpose(2, 1, 0), lesion.transpose(2, 1, 0)   # the array's axes are (w, h, d) as files have them
                labels = np.where(lesion, 2, np.where(hu > 60, 1, 0)).astype(np.uint8)
                labels[0, 0, 0] = top
                if image: nifti(at('kits21/data', f'case_{n:05d}', 'imaging.nii.gz'), hu, affine)
                mask_affine = affine if mask_affine is None else mask_affine
                if label: nifti(at('kits21/data', f'case_{n:05d}', 'aggregated_MAJ_seg.nii.gz'), labels, mask_affine, np.uint8)
                return hu, labels
            hu, labels = case(0)
            expect('case_00000', canonical(hu, kits), canonical((labels == 2).astype(np.uint8), kits))
            np.ascontiguousarray(canonical((labels > 0).astype(np.uint8), kits)).tofile(at('../expected/organ'))
            expect('cysts', canonical(hu, kits), canonical((labels >= 2).astype(np.uint8), kits))
            tilted = kits.copy(); tilted[1, 0] = 1e-6
            case(1, affine=tilted)
            shifted = kits.copy(); shifted[0, 3] += 4
            hu, labels = case(2, mask_affine=shifted)
            expect('case_00002', canonical(hu, kits), canonical((labels == 2).astype(np.uint8), kits))
            case(3, top=7)
            case(4, label=False)
            case(5)
            path = at('kits21/data/case_00005/imaging.nii.gz')
            data = open(path, 'rb').read(); open(path, 'wb').write(data[:len(data) // 2])
            hu, labels = case(6)
            nifti(at('kits21/data/case_00006/aggregated_MAJ_seg.nii.gz'), labels[:, :, :-1], kits, np.uint8)
            hu, labels = case(7)
            nifti(at('kits21/data/case_00007/imaging.nii.gz'), np.clip(hu + 100, 0, 255), kits)
            case(8, image=False)
            case(300)
            open(at('kits21/data/case_00000/segmentations/a.nii.gz'), 'w').write('known')
            open(at('kits21/data/kits.json'), 'w').write('{}')
            open(at('kits21/data/case_00000/holiday.jpg'), 'w').write('?')
            """,
            "nibabel");
        var result = RawData.Import(_folder, "kits21");
        Assert.Equal(["case_00000"], result.Cache.CaseIds);
        RawData.AssertAsExpected(_folder, result.Cache, "case_00000");
        var read = result.Cache.Read(0, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(_folder["expected/organ"]), read.Organ!.Voxels);
        Assert.Equal((read.Organ.Voxels, "kidney"), (read.Labels!.Voxels, Assert.Single(read.Labels.Names).Value));
        Assert.True(result.Cache.HasOrgans);
        foreach (var (n, mention) in new[]
        {
            (1, "not diagonal"), (2, "pair masks by index"), (3, "the label 7; expected one of 0, 1 (kidney), 2 (tumour), 3 (cyst)"),
            (4, "no label volume"), (5, "incomplete"), (6, "labels on a grid of"), (7, "Hounsfield"),
        })
            Assert.Contains(mention, RawData.ReasonOf(result.Cache, $"case_{n:00000}"));
        Assert.Equal(7, result.Rejected);
        Assert.Contains(
            result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "kits21/data/case_00008/aggregated_MAJ_seg.nii.gz" });
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "case_00009" });
        Assert.Equal(
            ["kits21/data/case_00000/holiday.jpg", "kits21/data/case_00300/imaging.nii.gz"],
            result.Oddities.Where(o => o.Kind == OddityKind.Surplus).Select(o => o.Subject).Order());

        // What was rejected stays rejected without being looked at again; what is put right is taken.
        result = RawData.Import(_folder, "kits21");
        Assert.Equal((8, 0, 0), (result.Kept, result.Made, result.Rejected));
        File.Copy(
            _folder["raw/kits21/data/case_00000/imaging.nii.gz"], _folder["raw/kits21/data/case_00005/imaging.nii.gz"], overwrite: true);
        result = RawData.Import(_folder, "kits21");
        Assert.Equal((7, 1, 0), (result.Kept, result.Made, result.Rejected));
        Assert.Equal(["case_00000", "case_00005"], result.Cache.CaseIds);

        // Other options need another folder.
        var byIndex = DatasetImportOptions.Default with { Masks = MaskPairing.ByIndex };
        Assert.Contains("other options", Assert.Throws<OptionException>(() => RawData.Import(_folder, "kits21", byIndex)).Message);
        result = RawData.Import(_folder, "kits21", byIndex, "by-index");
        RawData.AssertAsExpected(_folder, result.Cache, "case_00002");
        Assert.Contains("paired by index", Assert.Single(result.Cache.ReadRecord("case_00002").Notes));
        result = RawData.Import(_folder, "kits21", DatasetImportOptions.Default with { Pathology = ["tumour", "cyst"] }, "cysts");
        RawData.AssertAsExpected(_folder, result.Cache, "case_00000", "cysts");
        Assert.Contains(
            "'tumor'",
            Assert.Throws<OptionException>(
                () => RawData.Import(_folder, "kits21", DatasetImportOptions.Default with { Pathology = ["tumor"] }, "x")).Message);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Fact]
    public void LiTSWhoseMasks48To52AreMirrored()
    {
        RawData.Write(
            _folder,
            """
            affine = np.array([[-4., 0, 0, 80], [0, -4, 0, 70], [0, 0, 5, -30], [0, 0, 0, 1]])
            def case(n, batch, mirrored=False, label=True, mask_affine=affine):
                hu, lesion = body(seed=n)
                labels = np.where(lesion, 2, np.where(hu > 60, 1, 0)).astype(np.uint8)
                nifti(at(batch, f'volume-{n}.nii'), hu, affine)
                if label: nifti(at(batch, f'segmentation-{n}.nii'), labels[:, :, ::-1] if mirrored else labels, mask_affine, np.uint8)
                expect(str(n), canonical(hu, affine), canonical((labels == 2).astype(np.uint8), affine))
            case(3, 'Training Batch 1')
            case(28, 'Training Batch 2')
            case(48, 'Training Batch 2', mirrored=True)
            # A header that lies about the place does not matter for these.
            moved = affine.copy(); moved[:3, 3] = 0
            case(52, 'Training Batch 2', mirrored=True, mask_affine=moved)
            case(53, 'Training Batch 2', mask_affine=moved)
            case(7, 'Training Batch 1', label=False)
            case(140, 'Test', label=False)
            """,
            "nibabel");
        var result = RawData.Import(_folder, "lits");
        Assert.Equal(["28", "3", "48", "52"], result.Cache.CaseIds);
        foreach (string id in result.Cache.CaseIds)
            RawData.AssertAsExpected(_folder, result.Cache, id);
        Assert.Contains("The mask was mirrored back, left to right.", result.Cache.ReadRecord("48").Notes);
        Assert.Equal(2, result.Cache.ReadRecord("52").Notes.Count);
        Assert.Contains("labels on a grid", RawData.ReasonOf(result.Cache, "53"));
        Assert.Contains("no label volume", RawData.ReasonOf(result.Cache, "7"));
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.PassedOver, Subject: "Test/volume-140.nii" });
        Assert.Equal(131 - 6 + 1, result.Oddities.Count(o => o.Kind == OddityKind.Missing));
        var check = DatasetCheck.Of(DatasetCatalogue.Find("lits"), _folder["raw"], null, TestContext.Current.CancellationToken);
        Assert.False(check.IsComplete);
        Assert.StartsWith(
            "6 cases found, 5 of them ready; the collection has 131, the paper used 117 (labelled cases). The paper's four", check.Counts);
        Assert.Contains("1,547", check.Counts);
    }

    [Fact]
    public void LiTSWhoseAffinesAreIdentities()
    {
        RawData.Write(
            _folder,
            """
            affine = np.array([[-4., 0, 0, 80], [0, -4, 0, 70], [0, 0, 5, -30], [0, 0, 0, 1]])
            identity = np.eye(4); identity[:3, 3] = 1
            def case(n, affine, mask_affine, h=32):
                hu, lesion = body(seed=n, h=h, w=h + 8)
                labels = np.where(lesion, 2, np.where(hu > 60, 1, 0)).astype(np.uint8)
                nifti(at(f'volume-{n}.nii'), hu, affine)
                nifti(at(f'segmentation-{n}.nii'), labels, mask_affine, np.uint8)
                expect(str(n), canonical(hu, affine), canonical((labels == 2).astype(np.uint8), affine))
            case(30, identity, identity, h=64)
            case(53, affine, identity)
            """,
            "nibabel");
        var result = RawData.Import(_folder, "lits");
        Assert.Equal(["30"], result.Cache.CaseIds);
        Assert.Contains("identity", Assert.Single(result.Cache.ReadRecord("30").Notes));
        Assert.Contains("pair masks by index", RawData.ReasonOf(result.Cache, "53"));
        RawData.AssertAsExpected(_folder, result.Cache, "30");

        // By index the labels lie where the voxels of the same number are, not where an affine that says nothing turns them.
        result = RawData.Import(_folder, "lits", DatasetImportOptions.Default with { Masks = MaskPairing.ByIndex }, "by-index");
        Assert.Equal(["30", "53"], result.Cache.CaseIds);
        RawData.AssertAsExpected(_folder, result.Cache, "53");
        Assert.Contains("by index, voxel by voxel", Assert.Single(result.Cache.ReadRecord("53").Notes));
    }

    [Fact]
    public void AmosFromItsZips()
    {
        RawData.Write(
            _folder,
            """
            affine = np.diag([-4., -4, 5, 1])
            def add(zip, name, n, compress=zipfile.ZIP_STORED):
                hu, _ = body(seed=n)
                zip.writestr(zipfile.ZipInfo(name), nifti_bytes(hu, affine), compress)
                expect(f'{n:04d}', canonical(hu, affine))
            with zipfile.ZipFile(at('amos22.zip'), 'w') as z:
                add(z, 'amos22/imagesTr/amos_0001.nii.gz', 1)
                add(z, 'amos22/labelsTr/amos_0001.nii.gz', 1)
                add(z, 'amos22/imagesVa/amos_0300.nii.gz', 300, zipfile.ZIP_DEFLATED)
                add(z, 'amos22/imagesTr/amos_0507.nii.gz', 507)
                add(z, 'amos22/imagesTs/amos_0200.nii.gz', 200)
                z.writestr('amos22/dataset.json', '{}')
            with zipfile.ZipFile(at('amos22_unlabeled_ct_5000_5399.zip'), 'w') as z:
                add(z, 'amos_unlabeled_ct_5000_5399/amos_5001.nii.gz', 5001)
                add(z, 'amos_unlabeled_ct_5000_5399/amos_5073.nii.gz', 5073)
                z.writestr('amos_unlabeled_ct_5000_5399/amos_5002.nii.gz', nifti_bytes(body()[0], affine)[:900])
                tilted = affine.copy(); tilted[0, 1] = .1
                z.writestr('amos_unlabeled_ct_5000_5399/amos_5003.nii.gz', nifti_bytes(body()[0], tilted))
            with zipfile.ZipFile(at('amos22_unlabeled_ct_6200_6899.zip'), 'w') as z:
                add(z, 'amos22_unlabeled_6200_6899/amos_6200.nii.gz', 6200)
            """,
            "nibabel");
        var result = RawData.Import(_folder, "amos");
        Assert.Equal(["0001", "0300", "5001", "6200"], result.Cache.CaseIds);
        foreach (string id in result.Cache.CaseIds)
            RawData.AssertAsExpected(_folder, result.Cache, id);
        Assert.Contains("the authors found them unreadable", RawData.ReasonOf(result.Cache, "5073"));
        Assert.Contains("amos_5002", RawData.ReasonOf(result.Cache, "5002"));
        Assert.Contains("not diagonal", RawData.ReasonOf(result.Cache, "5003"));
        Assert.Equal("amos22.zip/amos22/imagesTr/amos_0507.nii.gz", Assert.Single(result.Oddities).Subject);
        Assert.Equal("amos22.zip/amos22/imagesVa/amos_0300.nii.gz", result.Cache.ReadRecord("0300").Provenance["image"]);

        // A zip that was cut short has no list of what is in it.
        byte[] zip = File.ReadAllBytes(_folder["raw/amos22.zip"]);
        File.WriteAllBytes(_folder["raw/amos22.zip"], zip[..(zip.Length - 40)]);
        Assert.Contains("amos22.zip", Assert.Throws<VolumeFormatException>(() => RawData.Import(_folder, "amos")).Message);
    }

    [Fact]
    public void AbdomenAtlasDropsWhatLiesAskew()
    {
        RawData.Write(
            _folder,
            """
            affine = np.diag([4., 4, 5, 1])
            tilted = affine.copy(); tilted[1, 2] = .01
            for n, a, b in ((1, affine, affine), (2, tilted, tilted), (3, affine, tilted)):
                hu, lesion = body(seed=n)
                nifti(at('uncompressed', f'BDMAP_{n:08d}', 'ct.nii.gz'), hu, a)
                nifti(at('uncompressed', f'BDMAP_{n:08d}', 'combined_labels.nii.gz'), lesion * 9, b, np.uint8)
                nifti(at('uncompressed', f'BDMAP_{n:08d}', 'segmentations', 'liver.nii.gz'), lesion, b, np.uint8)
                expect(f'{n:08d}', canonical(hu, a))
            """,
            "nibabel");
        var result = RawData.Import(_folder, "abdomenatlas");
        Assert.Equal(["00000001"], result.Cache.CaseIds);
        RawData.AssertAsExpected(_folder, result.Cache, "00000001");
        Assert.Equal(0, result.Cache.Cases[0].LesionVoxels);
        Assert.Contains("ct.nii.gz", RawData.ReasonOf(result.Cache, "00000002"));
        Assert.Contains("combined_labels.nii.gz", RawData.ReasonOf(result.Cache, "00000003"));
        Assert.Empty(result.Oddities);
    }
}
