namespace Screener.Datasets.Layouts;

/// <summary>NLST: of each patient the CT series with the most slices.</summary>
internal sealed class NlstLayout : IDatasetLayout
{
    /// <inheritdoc/>
    public DatasetContents Find(DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        var (folders, damaged) = SeriesFolder.Find(files, Environment.ProcessorCount, progress, cancellation);
        var oddities = new List<DatasetOddity>(damaged);
        var cases = new List<DatasetCase>();
        foreach (var patient in folders.GroupBy(f => f.Series.PatientId).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var ranked = patient.Where(f => f.Series.IsCtImages).OrderByDescending(f => f.Images).ThenBy(f => f.Series.SeriesUid, StringComparer.Ordinal).ToList();
            foreach (var folder in patient.Except(ranked))
                oddities.Add(new DatasetOddity(OddityKind.PassedOver, folder.Name, $"a series of {folder.Series.Modality}{(folder.Series.IsLocalizer ? " localizers" : "")}, not a CT volume"));
            foreach (var folder in ranked.Skip(1))
                oddities.Add(new DatasetOddity(OddityKind.PassedOver, folder.Name, $"{folder.Images} slices, where patient {patient.Key} has a series of {ranked[0].Images}"));
            if (ranked.Count > 0)
                cases.Add(new SeriesCase(DatasetCase.CleanId(patient.Key), ranked[0]) { Problem = ranked[0].Problem });
        }

        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Except(folders.SelectMany(f => f.Files))));
        return new DatasetContents(cases, oddities);
    }

    private sealed record SeriesCase(string Id, SeriesFolder Folder) : DatasetCase(Id, Folder.Files)
    {
        internal override long EstimateVoxels() => DicomCases.EstimateVoxels(Folder);

        internal override AnnotatedVolume Read(DatasetPreparationOptions options, int threads, CancellationToken cancellation)
        {
            var series = Folder.Read(threads, cancellation);
            return new AnnotatedVolume(series.Volume, null, DicomCases.Provenance(series), series.Notes);
        }
    }
}
