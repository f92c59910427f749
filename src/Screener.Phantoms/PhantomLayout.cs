using Screener.Datasets;
using Screener.Datasets.Layouts;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Phantoms;

/// <summary>A cohort that <see cref="PhantomCohortWriter"/> wrote.</summary>
internal sealed class PhantomLayout : IDatasetLayout
{
    private const string IdPrefix = "phantom-";

    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var cohort = CohortManifest.Read(rawFolder);
        string name = cohort.Options.Cohort.Name();
        if (IdPrefix + name != manifest.Id)
            throw new ManifestException(
                Path.Combine(rawFolder, CohortManifest.FileName), $"the cohort {name}", manifest.Id[IdPrefix.Length..],
                "Name the folder of that cohort, or the dataset of this one.");
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        var byName = files.ToDictionary(f => f.Name);
        var cases = cohort.Cases.Select(c => new PhantomCase(c, byName[c.Ct], byName[c.Lesions], byName[c.Organs])).ToList();
        progress?.Report(1);
        return new DatasetContents(
            cases, [.. DatasetLayouts.Surplus(
                manifest, files.Except(cases.SelectMany(c => c.Files)).Where(f => f.Name != CohortManifest.FileName))]);
    }

    private sealed record PhantomCase(CohortCase Entry, RawFile Ct, RawFile Lesions, RawFile Organs) : DatasetCase(
        Entry.Id, [Ct, Lesions, Organs])
    {
        internal override long EstimateVoxels() => (long)Entry.Shape[0] * Entry.Shape[1] * Entry.Shape[2];

        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var ct = NiftiVolumeReader.Read(Ct.Name, Ct.Open, Ct.Size, cancellation);
            var lesions = NiftiVolumeReader.ReadLabels(Lesions.Name, Lesions.Open, Lesions.Size, cancellation);
            var organs = NiftiVolumeReader.ReadLabels(Organs.Name, Organs.Open, Organs.Size, cancellation);
            if (!lesions.Grid.Matches(ct.Grid) || !organs.Grid.Matches(ct.Grid))
                throw new AnnotationException(
                    Lesions.Name, $"labels of {lesions.Shape} and {organs.Shape} voxels", $"the CT's grid of {ct.Shape}",
                    "Make the cohort again.");
            var affected = organs.Select([.. AffectedOrgan.Of(Entry.Pathology).Select(o => (byte)o)]).Voxels;
            for (int i = 0; i < affected.Length; i++)
                affected[i] = (byte)(lesions.Voxels[i] != 0 ? CaseLabel.Lesion : affected[i] != 0 ? CaseLabel.Organ : CaseLabel.None);
            return new AnnotatedVolume(
                ct, new LabelVolume(ct.Grid, affected),
                new SortedDictionary<string, string>(StringComparer.Ordinal)
                {
                    ["image"] = Ct.Name, ["labels"] = Lesions.Name, ["organs"] = Organs.Name,
                    ["seed"] = Entry.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
                }, []);
        }
    }
}
