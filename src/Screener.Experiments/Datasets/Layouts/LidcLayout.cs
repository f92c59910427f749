using System.Globalization;
using Screener.Annotations;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Datasets.Layouts;

/// <summary>LIDC-IDRI: CT series of DICOM, and an XML file for each, found by the SeriesInstanceUID in it wherever it lies.</summary>
internal sealed class LidcLayout : IDatasetLayout
{
    /// <inheritdoc/>
    public DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var files = RawFile.Find(rawFolder, insideZips: false, cancellation);
        var (folders, damaged) = SeriesFolder.Find(files, Environment.ProcessorCount, progress, cancellation);
        var oddities = new List<DatasetOddity>(damaged);
        var readings = ReadingsBySeries(files.Where(IsXml), oddities, cancellation);
        var cases = new List<DatasetCase>();
        var series = new HashSet<string>();
        foreach (var folder in folders)
        {
            if (!folder.Series.IsCtImages)
            {
                oddities.Add(folder.IsNoCt);
                continue;
            }

            if (!series.Add(folder.Series.SeriesUid))
            {
                oddities.Add(new DatasetOddity(OddityKind.Surplus, folder.Name, $"series {folder.Series.SeriesUid} a second time"));
                continue;
            }

            var xml = readings.TryGetValue(folder.Series.SeriesUid, out var found) ? found : [];
            string? problem = folder.Problem ?? (xml.Count == 0 ? "no annotation file names this series" : null);
            if (xml.Count == 0)
                oddities.Add(new DatasetOddity(OddityKind.Missing, folder.Name, $"no XML file names series {folder.Series.SeriesUid}"));
            foreach (var other in xml.Skip(1))
                oddities.Add(
                    new DatasetOddity(
                        OddityKind.Surplus, other.Name, $"a second XML file of series {folder.Series.SeriesUid}; {xml[0].Name} is taken"));
            cases.Add(new LidcCase(folder, xml.FirstOrDefault()) { Problem = problem });
        }

        foreach (var (uid, xml) in readings.Where(r => !series.Contains(r.Key)).OrderBy(r => r.Value[0].Name, StringComparer.Ordinal))
            oddities.Add(new DatasetOddity(OddityKind.Missing, xml[0].Name, $"its series {uid} is not there"));
        var patients = folders.Select(f => f.Series.PatientId).ToHashSet();
        oddities.AddRange(
            (manifest.Ids?.All() ?? []).Where(id => !patients.Contains(id)).Select(
                id => new DatasetOddity(OddityKind.Missing, id, "no series of this patient")));
        oddities.AddRange(DatasetLayouts.Surplus(manifest, files.Where(f => !IsXml(f)).Except(folders.SelectMany(f => f.Files))));
        return new DatasetContents([.. cases.OrderBy(c => c.Id, StringComparer.Ordinal)], oddities);
    }

    private static bool IsXml(RawFile file) => file.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase);

    // XML files by the series they are about. Readings of X-rays are passed over; what is no reading at all is unusable.
    private static Dictionary<string, List<RawFile>> ReadingsBySeries(
        IEnumerable<RawFile> files, List<DatasetOddity> oddities, CancellationToken cancellation)
    {
        var bySeries = new Dictionary<string, List<RawFile>>();
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                string uid = LidcXmlReader.ReadSeriesUid(file.Path);
                if (uid.Length == 0)
                    oddities.Add(new DatasetOddity(OddityKind.Unusable, file.Name, "names no series"));
                else if (!bySeries.TryAdd(uid, [file]))
                    bySeries[uid].Add(file);
            }
            catch (AnnotationException e)
            {
                oddities.Add(
                    new DatasetOddity(
                        e.Found.Contains("IdriReadMessage", StringComparison.Ordinal) ? OddityKind.PassedOver : OddityKind.Unusable,
                        file.Name, $"{e.Found}; expected {e.Expected}"));
            }
        }

        return bySeries;
    }

    private sealed record LidcCase(SeriesFolder Folder, RawFile? Xml)
        : DicomCase(Folder.Id, Folder, Xml is null ? Folder.Files : With(Folder, Xml))
    {
        internal override AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation)
        {
            var reading = LidcXmlReader.Read(Xml!.Path);
            var series = Folder.Read(threads, cancellation);
            var consensus = LidcConsensus.Of(reading, series, options.Consensus);
            var spacing = series.Volume.Spacing;
            var clusters = LidcCluster.Of(reading, spacing.Width, spacing.Height, spacing.Depth);
            var nodules = clusters.Select(c => Finding(c, series)).OfType<NoduleFinding>().ToList();
            var notes = new List<string>(series.Notes);
            if (consensus.OutlinesElsewhere > 0)
                notes.Add(
                    $"{consensus.OutlinesElsewhere} of {consensus.Outlines + consensus.OutlinesElsewhere} outlines lie in images that the "
                    + $"series does not have.");
            if (nodules.Count < clusters.Count)
                notes.Add($"{clusters.Count - nodules.Count} of {clusters.Count} nodules lie outside of the series.");
            return new AnnotatedVolume(
                series.Volume, new LabelVolume(series.Volume.Grid, consensus.Mask.Voxels),
                Provenance(
                    series, ("annotations", Xml.Name), ("readers", reading.Readers.Count.ToString(CultureInfo.InvariantCulture))), notes,
                    nodules);
        }

        private static NoduleFinding? Finding(LidcCluster cluster, DicomSeriesVolume series)
        {
            var points = cluster.Members.SelectMany(m => m.Nodule.Contours).Select(
                c => (Slice: series.IndexOf(c.SopInstanceUid), c.Points)).Where(c => c.Slice is not null)
                .SelectMany(c => c.Points.Select(p => (D: (double)c.Slice!.Value, p.X, p.Y))).ToList();
            if (points.Count == 0)
                return null;
            var (x, y, z) = series.Volume.Grid.Affine.ToWorld(points.Average(p => p.D), points.Average(p => p.Y), points.Average(p => p.X));
            return new NoduleFinding(
                cluster.Members.Select(m => m.Reader).Distinct().Count(), Math.Round(x, 2), Math.Round(y, 2), Math.Round(z, 2),
                [.. cluster.Members.Select(m => m.Nodule.Characteristics).OfType<NoduleCharacteristics>()]);
        }
    }
}
