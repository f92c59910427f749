namespace Screener.Datasets.Layouts;

/// <summary>NLST: of each patient the CT series with the most slices.</summary>
internal sealed class NlstLayout : IDatasetLayout
{
    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        // Millions of files: of each part only what is taken is kept.
        var oddities = new List<DatasetOddity>();
        var best = new SortedDictionary<string, SeriesFolder>(StringComparer.Ordinal);
        var parts = RawFile.Parts(rawFolder);
        for (int i = 0; i < parts.Count; i++)
        {
            var files = RawFile.Find(rawFolder, parts[i].Part, parts[i].Nested, insideZips: false, cancellation);
            var (folders, damaged) = SeriesFolder.Find(files, Environment.ProcessorCount, null, cancellation);
            oddities.AddRange(damaged);
            foreach (var folder in folders)
                Take(folder, best, oddities);
            oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Except(folders.SelectMany(f => f.Files))));
            progress?.Report((i + 1.0) / parts.Count);
        }

        return new DatasetContents(
            [.. best.Select(b => new SeriesCase(DatasetCase.CleanId(b.Key), b.Value) { Problem = b.Value.Problem })], oddities);
    }

    private static void Take(SeriesFolder folder, SortedDictionary<string, SeriesFolder> best, List<DatasetOddity> oddities)
    {
        string patient = folder.Series.PatientId;
        if (!folder.Series.IsCtImages)
        {
            oddities.Add(folder.IsNoCt);
            return;
        }

        if (!best.TryGetValue(patient, out var other))
        {
            best.Add(patient, folder);
            return;
        }

        bool isBetter = folder.Images != other.Images
            ? folder.Images > other.Images
            : string.CompareOrdinal(folder.Series.SeriesUid, other.Series.SeriesUid) < 0;
        var (taken, passed) = isBetter ? (folder, other) : (other, folder);
        best[patient] = taken;
        oddities.Add(
            new DatasetOddity(
                OddityKind.PassedOver, passed.Name, $"{passed.Images} slices, where patient {patient} has a series of {taken.Images}"));
    }

    private sealed record SeriesCase(string Id, SeriesFolder Folder) : DicomCase(Id, Folder, Folder.Files)
    {
        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var series = Folder.Read(threads, cancellation);
            return new AnnotatedVolume(series.Volume, null, Provenance(series), series.Notes);
        }
    }
}
