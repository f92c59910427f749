using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;
using Screener.Storage;

namespace Screener.Baselines;

/// <summary>Finds the organ labels that lie beside CTs, and brings them onto the grids of the prepared volumes.</summary>
/// <remarks>
/// Beside <c>ct.nii.gz</c> or a folder <c>dicom</c> they are called <c>organs.nii.gz</c>, as with phantoms; beside another CT
/// <c>name.nii.gz</c> they are called <c>name-organs.nii.gz</c>. Whole numbers from 0 to 255, in any format of
/// <see cref="VolumeFiles"/>. All are read before the training, and kept.
/// </remarks>
internal static class OrganLabels
{
    /// <summary>The label that intensity 1 stands for.</summary>
    internal const int Most = byte.MaxValue;

    private const string Name = "organs";

    /// <summary>The labels of all volumes, as intensities in steps of 1 / <see cref="Most"/>.</summary>
    /// <param name="cohorts">The volumes.</param>
    /// <param name="threads">Processor threads.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>As many volumes in as many cohorts, and one more than the greatest label.</returns>
    /// <exception cref="MissingInputException">A CT has no labels beside it.</exception>
    /// <exception cref="AnnotationException">Labels lie on another grid than their CT, or all are the same.</exception>
    internal static (IReadOnlyList<IReadOnlyList<PreparedVolume>> Organs, int Classes) Of(
        IReadOnlyList<IReadOnlyList<PreparedVolume>> cohorts, int threads, CancellationToken cancellation)
    {
        // Where they lie is asked of all before the first is read.
        var files = cohorts.Select(c => c.Select(v => PathOf(v.Source)).ToArray()).ToArray();
        var organs = new List<IReadOnlyList<PreparedVolume>>();
        var seen = new bool[Most + 1];
        for (int cohort = 0; cohort < cohorts.Count; cohort++)
        {
            var labels = new List<PreparedVolume>();
            for (int i = 0; i < files[cohort].Length; i++)
                labels.Add(Read(files[cohort][i], cohorts[cohort][i], seen, threads, cancellation));
            organs.Add(labels);
        }

        if (seen.Count(s => s) < 2)
            throw new AnnotationException(
                files[0][0], $"label {Array.IndexOf(seen, true)} in every voxel of every CT", "two labels at least",
                "Look at the label maps: a mask of lesions or of the body is none of organs.");
        return (organs, Array.LastIndexOf(seen, true) + 1);
    }

    /// <summary>What the label files of prepared CTs hold.</summary>
    /// <exception cref="MissingInputException">A CT has no labels beside it.</exception>
    internal static string KeyOf(PreparedCohort cohort) => ContentKey.Of(cohort.Cases.Select(c => ContentKey.OfFile(PathOf(c.Source))));

    private static PreparedVolume Read(string file, PreparedVolume volume, bool[] seen, int threads, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var labels = VolumeFiles.ReadLabels(file, null, cancellation);
        VolumeGrid here = Canonical(labels.Grid), wanted = Canonical(volume.SourceGrid);
        if (!here.Matches(wanted))
            throw new AnnotationException(
                file, $"labels on a grid of {here.Shape} voxels at {here.Affine}", $"the CT's: {wanted.Shape} at {wanted.Affine}",
                "They do not belong together, or the CT has changed since it was prepared.");
        byte[] voxels = GridResampler.Resample(labels, volume.Grid, threads, cancellation).Voxels;
        var intensities = new float[voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
        {
            seen[voxels[i]] = true;
            intensities[i] = voxels[i] / (float)Most;
        }

        return new PreparedVolume(volume.Grid, intensities, volume.SourceGrid, file, volume.OptionsFingerprint);
    }

    private static VolumeGrid Canonical(VolumeGrid grid) => Reorientation.From(grid.Affine).Apply(grid);

    private static string PathOf(string source)
    {
        // The series of a path stands behind it.
        string ct = Path.Exists(source) || !source.Contains('#', StringComparison.Ordinal) ? source : source[..source.LastIndexOf('#')];
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(ct));
        string stem = name[..^(VolumeFiles.Endings.FirstOrDefault(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ?? "").Length];
        string wanted = stem is "ct" or "dicom" ? Name : $"{stem}-{Name}";
        string folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(ct)) ?? "";
        return VolumeFiles.Endings.Select(ending => Path.Combine(folder, wanted + ending)).FirstOrDefault(File.Exists)
            ?? throw new MissingInputException(
                ct, "no organ labels beside it", $"{wanted}{VolumeFiles.Endings[0]}, a whole number for each voxel",
                "Put them there, or train a baseline that learns without labels.");
    }
}
