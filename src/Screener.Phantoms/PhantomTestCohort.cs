using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Phantoms;

/// <summary>A cohort of phantoms as CTs with lesions and affected organs.</summary>
/// <param name="cohort">The cohort.</param>
public sealed class PhantomTestCohort(CohortManifest cohort) : IAnnotatedCohort
{
    /// <inheritdoc/>
    public string Name { get; } = cohort.Options.Cohort.Name();

    /// <inheritdoc/>
    public DatasetManifest Manifest { get; } = DatasetCatalogue.Find(cohort.Options.Cohort.Name());

    /// <inheritdoc/>
    public ulong? Seed => cohort.Options.Seed;

    /// <inheritdoc/>
    public DatasetImportOptions? ImportedWith => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> CaseIds { get; } = [.. cohort.Cases.Select(c => c.Id)];

    /// <inheritdoc/>
    public bool HasOrgans => cohort.Options.Cohort != PhantomCohort.Train;

    /// <inheritdoc/>
    public IReadOnlyList<string> FilesOf(int index)
    {
        var entry = cohort.Cases[index];
        return [cohort.PathOf(entry.Ct), cohort.PathOf(entry.Lesions), cohort.PathOf(entry.Organs)];
    }

    /// <inheritdoc/>
    public CtVolume ReadCt(int index, CancellationToken cancellation = default) => cohort.ReadCt(cohort.Cases[index], cancellation);

    /// <inheritdoc/>
    /// <exception cref="ScoreMapException">The labels lie on another grid than the CT.</exception>
    public AnnotatedCt Read(int index, CancellationToken cancellation = default)
    {
        var entry = cohort.Cases[index];
        var (ct, lesions, organs) = (cohort.ReadCt(entry, cancellation), cohort.ReadLesions(entry, cancellation),
            cohort.ReadOrgans(entry, cancellation));
        if (!organs.Grid.Matches(ct.Grid) || !lesions.Grid.Matches(ct.Grid))
            throw new ScoreMapException(
                entry.Id, $"labels of {organs.Shape} and lesions of {lesions.Shape} voxels", $"the CT's grid of {ct.Shape}",
                "Make the cohort again.");
        var affected = organs.Select([.. AffectedOrgan.Of(entry.Pathology).Select(o => (byte)o)]).Voxels;
        for (int i = 0; i < affected.Length; i++)
            affected[i] |= lesions.Voxels[i];
        return new AnnotatedCt(entry.Id, ct, lesions, HasOrgans ? new LesionMask(ct.Grid, affected) : null) { Labels = organs };
    }
}
