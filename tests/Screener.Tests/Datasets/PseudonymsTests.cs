using System.Text;
using Screener.Datasets;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Tests.Datasets;

public sealed class PseudonymsTests : IDisposable
{
    private static readonly DatasetImportOptions Options = DatasetImportOptions.Default with { Pseudonymise = true };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NothingInTheCacheTellsWhoItIs()
    {
        RawData.Write(
            _folder,
            """
            hu, _ = body(h=64, w=72)
            series('Mustermann/CT1', hu, uid(4, 1, 77777), 'Mustermann-19700101')
            series('Doe/CT1', hu, uid(4, 2, 88888), 'Doe-4711', repeat=(3,))
            series('Roe/CT1', hu, uid(4, 3, 99999), 'Roe-0815', skip=(3,))
            """,
            "pydicom");
        var result = RawData.Import(_folder, "nlst", Options);
        Assert.Equal(["case-0001", "case-0002", "case-0003"], result.Cache.CaseIds.Concat(result.Cache.Rejected.Select(r => r.Id)).Order());
        Assert.Single(result.Cache.Rejected);
        Assert.Equal(["slices"], result.Cache.ReadRecord(result.Cache.CaseIds[0]).Provenance.Keys);
        foreach (string file in Directory.EnumerateFiles(_folder["cache"], "*", SearchOption.AllDirectories))
        {
            string content = Path.GetFileName(file) + Encoding.Latin1.GetString(File.ReadAllBytes(file));
            foreach (string name in (
                string[])["Mustermann", "Doe", "Roe", "4711", "0815", "77777", "88888", "99999", "1.2.826", _folder.FullName])
                Assert.DoesNotContain(name, content, StringComparison.Ordinal);
        }

        string table = File.ReadAllText(_folder["cache.pseudonyms.json"]);
        Assert.Contains("Mustermann-19700101", table);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["cache.pseudonyms.json"]));

        // The same raw files give the same numbers and bytes; without the table nobody can tell which case is which.
        RawData.Import(_folder, "nlst", Options, "again");
        Assert.Equal(File.ReadAllBytes(_folder["cache/cache.json"]), File.ReadAllBytes(_folder["again/cache.json"]));
        Assert.Equal((3, 0), (RawData.Import(_folder, "nlst", Options).Kept, RawData.Import(_folder, "nlst", Options).Made));
        File.Delete(_folder["cache.pseudonyms.json"]);
        Assert.Contains("no table of pseudonyms", Assert.Throws<OptionException>(() => RawData.Import(_folder, "nlst", Options)).Message);
        File.WriteAllText(_folder["cache.pseudonyms.json"], "{");
        Assert.Throws<OptionException>(() => RawData.Import(_folder, "nlst", Options));
        File.WriteAllText(_folder["cache.pseudonyms.json"], table);

        // A case keeps its number when another comes before it.
        RawData.Write(_folder, "hu, _ = body(h=64, w=72)\nseries('Adam/CT1', hu, uid(4, 4, 11111), 'Adam-1')", "pydicom");
        RawData.Import(_folder, "nlst", Options);
        Assert.StartsWith(table.TrimEnd('\n', '}').TrimEnd(), File.ReadAllText(_folder["cache.pseudonyms.json"]));
    }

    [Fact]
    public void CasesOfOnePatientAreStillOnePatients()
    {
        RawData.Write(
            _folder,
            RawData.LidcXml + "\n" + """
            hu, _ = body(h=64, w=72)
            for n, patient in ((1, 'Doe-4711'), (2, 'Doe-4711'), (3, 'Roe-0815')):
                series(f'{patient}/CT{n}', hu, uid(4, n), patient)
                open(at(f'{patient}/CT{n}', f'{n:03d}.xml'), 'w').write(lidc_xml(uid(4, n), [[]] * 4))
            """,
            "pydicom");
        IAnnotatedCohort named = RawData.Import(_folder, "lidc-idri", cache: "named").Cache;
        IAnnotatedCohort cohort = RawData.Import(_folder, "lidc-idri", Options).Cache;
        Assert.Equal(3, cohort.CaseIds.Count);
        string[] Groups(IAnnotatedCohort cases) => [.. Enumerable.Range(0, 3).Select(cases.PatientOf).CountBy(p => p)
            .Select(p => $"{p.Value}").Order()];
        Assert.Equal(["1", "2"], Groups(named));
        Assert.Equal(["1", "2"], Groups(cohort));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Contains(cohort.PatientOf(i), cohort.CaseIds));
    }

    [Fact]
    public void CachesOfBeforeStand()
    {
        // Without the option its name is in no file, so that fingerprints are what they were.
        var lits = DatasetCatalogue.Find("lits");
        Assert.NotEqual(
            DatasetImport.OptionsFingerprint(lits, DatasetImportOptions.Default),
            DatasetImport.OptionsFingerprint(lits, Options));
        string json = System.Text.Json.JsonSerializer.Serialize(
            new ImportBasis(1, "lits", DatasetImportOptions.Default, [], [], []), StoredJson.Dashed);
        Assert.DoesNotContain("pseudonymise", json, StringComparison.OrdinalIgnoreCase);
    }
}
