using Screener.Datasets;

namespace Screener.Phantoms;

/// <summary>Makes cohorts of phantoms known to the library, which has none itself.</summary>
public sealed class PhantomSource : ICohortSource
{
    private PhantomSource()
    {
    }

    /// <inheritdoc/>
    public string FileName => CohortManifest.FileName;

    /// <inheritdoc/>
    public DatasetLayoutKind Kind => DatasetLayoutKind.Phantom;

    /// <inheritdoc/>
    public IDatasetLayout Layout { get; } = new PhantomLayout();

    /// <summary>To be called once, before cohorts are opened. Calling it again changes nothing.</summary>
    public static void Register() => AnnotatedCohort.Register(new PhantomSource());

    /// <inheritdoc/>
    public IAnnotatedCohort Open(string path) => new PhantomTestCohort(CohortManifest.Read(path));
}
