using Screener.Datasets;
using Screener.Errors;
using Screener.Tests.Imaging.Dicom;

namespace Screener.Tests.Datasets;

/// <summary>LIDC-IDRI, MIDRC-RICORD-1a and NLST in small, with what goes wrong in them.</summary>
public sealed class DicomLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The XML of one series whose readers drew boxes; part of the scripts of several tests.</summary>
    [Fact]
    public void LidcWithItsXmlAndEveryOddity()
    {
        RawData.Write(
            _folder,
            RawData.LidcXml + "\n" + """
            def case(n, xml=True, readers=None, expected=True, **options):
                hu, lesion = body(seed=n)
                uid_ = uid(1, n)
                patient = f'LIDC-IDRI-{n:04d}'
                folder = f'LIDC-IDRI/{patient}/01-01-2000-{n}/3000{n}.000000-NA'
                files = series(folder, hu, uid_, patient, study=uid(5, n), **options)
                # The lesion is rows 16..20, columns 11..16, slices 3..5 (d = 4 is the middle). Reader 4 sees less; reader 3 a hole.
                full = [(f'{uid_}.{d + 1}', ring(11, 16, 16, 20)) for d in (3, 4, 5)]
                hole = full + [(f'{uid_}.5', [(13, 18)] + [(13, 18)], 'FALSE')]
                less = [(f'{uid_}.5', ring(11, 16, 14, 20))]
                point = [(f'{uid_}.2', [(20, 20)])]
                if xml: open(at(folder, f'{n:03d}.xml'), 'w').write(lidc_xml(uid_, readers or [[full, point], [full], [hole], [less]]))
                mask = lesion.copy(); 
                if expected: expect(patient, turned(hu), turned(mask))
                return hu, lesion, uid_, folder, files
            hu, lesion, *_ = case(1)
            all4 = np.zeros_like(lesion); all4[4, 16:21, 11:15] = 1; all4[4, 18, 13] = 0
            expect('all4', turned(hu), turned(all4))
            any1 = lesion.copy()
            expect('any1', turned(hu), turned(any1))
            case(2, repeat=(2, 5))                        # images twice
            case(3, skip=(4,))                            # a missing slice
            case(4, xml=False)
            hu, _, uid_, folder, files = case(5)          # a damaged slice
            data = open(files[3], 'rb').read(); open(files[3], 'wb').write(data[:len(data) - 700])
            hu, _, uid_, folder, files = case(6)          # another series among the images
            series(folder, hu, uid(1, 66), 'LIDC-IDRI-0006', first=40)
            hu, _, uid_, folder, files = case(7)          # the chest X-ray of the patient, and its reading
            series('LIDC-IDRI/LIDC-IDRI-0007/xray/1', hu[:1], uid(1, 77), 'LIDC-IDRI-0007', modality='DX')
            open(at('LIDC-IDRI/LIDC-IDRI-0007/xray/1/185_007.xml'), 'w').write(lidc_xml(uid(1, 77), [[]], root='IdriReadMessage'))
            hu, _, uid_, folder, files = case(8, readers=[[[(uid(1, 1) + '.5', ring(11, 16, 16, 20))]]] * 4)   # outlines of other images
            hu, _, uid_, folder, files = case(9, readers=[[[(uid(1, 9) + '.5', ring(30, 16, 60, 20))]]] * 4)   # outlines beyond the image
            hu, _, uid_, folder, files = case(10)
            open(at(folder, '010.xml'), 'a').write('<more>')
            hu, _, uid_, folder, files = case(11)
            open(at('tcia-lidc-xml/157/011.xml'), 'w').write(lidc_xml(uid_, [[]] * 4))
            open(at('tcia-lidc-xml/157/999.xml'), 'w').write(lidc_xml(uid(1, 999), [[]] * 4))
            open(at('tcia-lidc-xml/157/page.xml'), 'w').write('<html/>')
            open(at('notes.docx'), 'w').write('?')
            open(at('LIDC-IDRI/LICENSE'), 'w').write('known')
            """,
            "pydicom");
        var result = RawData.Import(_folder, "lidc-idri");
        var ids = result.Cache.CaseIds.ToDictionary(i => i[..14]);
        Assert.Equal(["LIDC-IDRI-0001", "LIDC-IDRI-0002", "LIDC-IDRI-0007", "LIDC-IDRI-0008", "LIDC-IDRI-0011"], ids.Keys.Order());
        foreach (string patient in (string[])["LIDC-IDRI-0001", "LIDC-IDRI-0002", "LIDC-IDRI-0007", "LIDC-IDRI-0011"])
            RawData.AssertAsExpected(_folder, result.Cache, ids[patient], patient);
        Assert.Contains("2 of 10 images as duplicates", Assert.Single(result.Cache.ReadRecord(ids["LIDC-IDRI-0002"]).Notes));
        Assert.Equal(0, result.Cache.Cases.Single(c => c.Id == ids["LIDC-IDRI-0008"]).LesionVoxels);
        Assert.Equal(
            ["4 of 4 outlines lie in images that the series does not have.", "1 of 1 nodules lie outside of the series."],
            result.Cache.ReadRecord(ids["LIDC-IDRI-0008"]).Notes);
        var nodule = Assert.Single(result.Cache.ReadRecord(ids["LIDC-IDRI-0001"]).Nodules!);
        Assert.Equal((4, 4), (nodule.Readers, nodule.Characteristics.Count));
        Assert.Equal((5, 1), (nodule.Characteristics[0].Subtlety, nodule.Characteristics[0].Malignancy));

        // Columns 10..17 of 4 mm from x = -80 LPS: the middle of the outlines is near 26 mm to the right, 12 mm to the back, -80 mm.
        Assert.InRange(nodule.X, 25, 28);
        Assert.InRange(nodule.Y, -14, -11);
        Assert.InRange(nodule.Z, -81, -79);
        var rejected = result.Cache.Rejected.ToDictionary(r => r.Id[..14], r => r.Reason);
        foreach (var (n, mention) in new[]
        {
            (3, "gaps between slices"), (4, "no annotation file"), (5, "1-004.dcm"), (6, "several series"),
            (9, "a point in an image of 40 x 32 pixels"), (10, "damaged or unsafe XML"),
        })
            Assert.Contains(mention, rejected[$"LIDC-IDRI-{n:0000}"]);
        Assert.Equal(6, rejected.Count);
        Assert.All(rejected.Values, r => Assert.DoesNotContain(Path.GetTempPath(), r));

        bool Said(OddityKind kind, string subject) => result.Oddities.Any(
            o => o.Kind == kind && o.Subject.Contains(subject, StringComparison.Ordinal));
        Assert.True(Said(OddityKind.PassedOver, "185_007.xml") && Said(OddityKind.PassedOver, "xray/1"));
        Assert.True(Said(OddityKind.Surplus, "notes.docx") && !Said(OddityKind.Surplus, "LICENSE"));
        Assert.True(
            Said(OddityKind.Missing, "999.xml") && Said(OddityKind.Unusable, "page.xml") && Said(OddityKind.Surplus, "157/011.xml"));
        Assert.True(
            Said(OddityKind.Missing, "LIDC-IDRI-1012") && !Said(OddityKind.Missing, "LIDC-IDRI-0238")
                && !Said(OddityKind.Missing, "LIDC-IDRI-0003"));

        foreach (var (fraction, name) in new[] { (1.0, "all4"), (0.25, "any1") })
        {
            var cache = RawData.Import(_folder, "lidc-idri", DatasetImportOptions.Default with { Consensus = fraction }, name).Cache;
            RawData.AssertAsExpected(_folder, cache, ids["LIDC-IDRI-0001"], name);
        }
    }

    [Fact]
    public void MidrcPolygonsBySopUid()
    {
        PythonOracle.Require("pydicom", "skimage");
        RawData.Write(
            _folder,
            """
            from skimage.draw import polygon
            labels = [('L_1', 'Infectious opacity', 'INSTANCE'), ('L_2', 'Infectious cavity', 'INSTANCE'),
                ('L_3', 'Atelectasis', 'INSTANCE'), ('L_4', 'Infectious TIB/micronodules', 'INSTANCE'),
                ('L_9', 'Typical appearance', 'EXAM')]
            drawn = []
            def draw(n, d, label, vertices, series_uid=None):
                s = series_uid or uid(2, n)
                drawn.append({'id': f'A_{len(drawn)}', 'labelId': label, 'StudyInstanceUID': uid(6, n), 'SeriesInstanceUID': s,
                    'SOPInstanceUID': f'{s}.{d + 1}', 'data': None if vertices is None else {'vertices': vertices, 'smooth': True},
                    'groupIndex': None})
            def case(n, **options):
                hu, _ = body(seed=n)
                patient = f'MIDRC-RICORD-1A-419639-{n:06d}'
                series(f'MIDRC-RICORD-1A/{patient}/study/{n}', hu, uid(2, n), patient, study=uid(6, n), **options)
                return hu
            rng = np.random.default_rng(3)
            hu = case(1)
            mask, everything = np.zeros_like(hu, np.uint8), np.zeros_like(hu, np.uint8)
            for i in range(24):
                d, label = int(rng.integers(8)), labels[i % 4][0]
                angles = np.sort(rng.uniform(0, 2 * np.pi, 3 + i % 9))
                radius = rng.uniform(2, 12, len(angles))
                # Some are whole numbers, some cross themselves, some reach beyond the image.
                v = np.stack([20 + (i == 5) * 15 + radius * np.cos(angles), 16 + radius * np.sin(angles)], 1)
                if i % 3 == 0: v = np.round(v)
                if i % 7 == 0: v = rng.permutation(v)
                draw(1, d, label, v.tolist())
                rows, columns = polygon(v[:, 1], v[:, 0], hu.shape[1:])
                everything[d, rows, columns] = 1
                if label != 'L_3': mask[d, rows, columns] = 1
            expect('one', turned(hu), turned(mask))
            expect('everything', turned(hu), turned(everything))
            draw(1, 2, 'L_1', None)
            draw(1, 40, 'L_1', [[1, 1], [5, 1], [5, 5]])
            drawn.append({'id': 'A_x', 'labelId': 'L_9', 'StudyInstanceUID': uid(6, 1), 'data': None})
            hu = case(2)
            draw(2, 1, 'L_3', [[10, 10], [20, 10], [20, 20]])
            expect('two', turned(hu), np.zeros_like(hu, np.uint8))
            case(3)                                        # nothing drawn
            case(4, skip=(3,))
            draw(4, 1, 'L_1', [[10, 10], [20, 10], [20, 20]])
            draw(5, 1, 'L_1', [[10, 10], [20, 10], [20, 20]])   # no such series
            named = [{'id': i, 'name': n, 'scope': s, 'parentId': None, 'color': '#fff'} for i, n, s in labels]
            json.dump({'id': 'P', 'labelGroups': [{'id': 'G', 'labels': named}],
                       'datasets': [{'id': 'D', 'annotations': drawn, 'studies': []}]},
                      open(at('MIDRC-RICORD-1a_annotations_labelgroup_all_2020-Dec-8.json'), 'w'))
            json.dump({'images': [], 'annotations': [], 'categories': []}, open(at('coco.json'), 'w'))
            """,
            "pydicom", "skimage");

        // The collection's images are JPEG Lossless.
        string series = _folder["raw/MIDRC-RICORD-1A/MIDRC-RICORD-1A-419639-000001/study/1"];
        foreach (string file in Directory.GetFiles(series))
        {
            ConverterTool.Run("dcmcjpeg +e1", file, file + ".jpg");
            File.Move(file + ".jpg", file, overwrite: true);
        }

        var result = RawData.Import(_folder, "midrc");
        var ids = result.Cache.CaseIds.ToDictionary(i => i[..29]);
        Assert.Equal(["MIDRC-RICORD-1A-419639-000001", "MIDRC-RICORD-1A-419639-000002"], ids.Keys);
        RawData.AssertAsExpected(_folder, result.Cache, ids["MIDRC-RICORD-1A-419639-000001"], "one");
        RawData.AssertAsExpected(_folder, result.Cache, ids["MIDRC-RICORD-1A-419639-000002"], "two");
        Assert.Equal(
            ["1 of 26 annotations have no polygon and were skipped.", "1 of 26 annotations lie in images that the series does not have.",
                "6 of 26 annotations have labels that do not count as the pathology."],
            result.Cache.ReadRecord(ids["MIDRC-RICORD-1A-419639-000001"]).Notes);
        Assert.Contains("gaps between slices", Assert.Single(result.Cache.Rejected).Reason);
        Assert.Contains(result.Oddities, o => o.Kind == OddityKind.PassedOver && o.Subject.EndsWith("study/3", StringComparison.Ordinal));
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Missing, Subject: "1.2.826.0.1.3680043.8.498.2.5" });
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Unusable, Subject: "coco.json" });
        var all = RawData.Import(
            _folder, "midrc",
            DatasetImportOptions.Default with
            {
                Pathology = ["Infectious opacity", "Infectious cavity", "Atelectasis", "Infectious TIB/micronodules"],
            }, "all");
        RawData.AssertAsExpected(_folder, all.Cache, ids["MIDRC-RICORD-1A-419639-000001"], "everything");

        string json = _folder["raw/MIDRC-RICORD-1a_annotations_labelgroup_all_2020-Dec-8.json"], text = File.ReadAllText(json);
        foreach (var (changed, mention) in new[]
        {
            (text[..(text.Length / 2)], "damaged JSON"), (text.Replace("labelGroups", "groups"), "labelGroups and datasets"),
            (text.Replace("Atelectasis", "Anything"), "'Anything'"),
            ("[1]", "another kind"),
        })
        {
            File.WriteAllText(json, changed);
            Assert.Contains(mention, Assert.Throws<AnnotationException>(() => RawData.Import(_folder, "midrc", null, "x")).Message);
        }

        // What the file does not define cannot be drawn, and is told.
        File.WriteAllText(json, text.Replace("\"labelId\": \"L_1\"", "\"labelId\": \"L_8\""));
        var undefined = RawData.Import(_folder, "midrc", null, "undefined");
        Assert.Contains(
            undefined.Oddities,
            o => o.Kind == OddityKind.Unusable
                && o.Text.StartsWith("10 annotations of labels that the file does not define", StringComparison.Ordinal));

        File.Delete(json);
        File.Delete(_folder["raw/coco.json"]);
        Assert.Contains("MD.ai", Assert.Throws<MissingInputException>(() => RawData.Import(_folder, "midrc", null, "x")).Message);
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Fact]
    public void NlstTakesEachPatientsLargestSeries()
    {
        RawData.Write(
            _folder,
            """
            def add(patient, n, slices, **options):
                hu, _ = body(d=slices, seed=n)
                series(f'NLST/{patient}/study/01-02-1999/{n}', hu, uid(3, n), patient, **options)
                expect(str(n), turned(hu))
            add('100012', 1, 6); add('100012', 2, 9); add('100012', 3, 9)
            add('100012', 4, 3, image_type=('ORIGINAL', 'PRIMARY', 'LOCALIZER'))
            add('100147', 5, 8, skip=(2,)); add('100147', 6, 5)
            add('100158', 7, 4)
            """,
            "pydicom");
        var result = RawData.Import(_folder, "nlst");
        Assert.Equal(["100012", "100158"], result.Cache.CaseIds);
        RawData.AssertAsExpected(_folder, result.Cache, "100012", "2");
        RawData.AssertAsExpected(_folder, result.Cache, "100158", "7");
        Assert.Contains("gaps between slices", RawData.ReasonOf(result.Cache, "100147"));
        Assert.Equal(
            ["NLST/100012/study/01-02-1999/1", "NLST/100012/study/01-02-1999/3", "NLST/100012/study/01-02-1999/4",
                "NLST/100147/study/01-02-1999/6"],
            result.Oddities.Where(o => o.Kind == OddityKind.PassedOver).Select(o => o.Subject).Order());

        // A larger series that arrives later takes the place of the smaller one.
        RawData.Write(_folder, """
            hu, _ = body(d=7, seed=8)
            series('NLST/100158/study/01-02-2000/8', hu, uid(3, 8), '100158')
            expect('8', turned(hu))
            """, "pydicom");
        result = RawData.Import(_folder, "nlst");
        Assert.Equal((2, 1, 0), (result.Kept, result.Made, result.Rejected));
        RawData.AssertAsExpected(_folder, result.Cache, "100158", "8");
        Assert.DoesNotContain(result.Oddities, o => o.Kind == OddityKind.Surplus);
    }

    [Fact]
    public void AFolderWithoutADatasetIsNamed()
    {
        Directory.CreateDirectory(_folder["raw"]);
        foreach (string dataset in (string[])["lidc-idri", "nlst", "kits21", "lits", "amos", "abdomenatlas"])
        {
            var error = Assert.Throws<MissingInputException>(() => RawData.Import(_folder, dataset));
            Assert.Contains($"data info {dataset}", error.Message);
            Assert.False(
                DatasetCheck.Of(DatasetCatalogue.Find(dataset), _folder["raw"], null, TestContext.Current.CancellationToken).IsComplete);
        }

        Assert.Throws<MissingInputException>(
            () => DatasetCheck.Of(DatasetCatalogue.Find("lits"), _folder["absent"], null, TestContext.Current.CancellationToken));
        Assert.Throws<MissingInputException>(() => RawData.Import(_folder, "phantom-train"));
        Assert.False(Directory.Exists(_folder["cache"]));
    }
}
