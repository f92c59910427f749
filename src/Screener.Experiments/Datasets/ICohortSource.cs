namespace Screener.Datasets;

/// <summary>A kind of cohort that another library brings, such as phantoms.</summary>
public interface ICohortSource
{
    /// <summary>The list in a cohort's folder by which it is known.</summary>
    string FileName { get; }

    /// <summary>What its datasets name as their layout.</summary>
    DatasetLayoutKind Kind { get; }

    /// <summary>How its folders are read as raw data.</summary>
    IDatasetLayout Layout { get; }

    /// <summary>Opens a cohort.</summary>
    /// <param name="path">The folder or its list.</param>
    /// <exception cref="Errors.ScreenerException">A file is missing or damaged.</exception>
    IAnnotatedCohort Open(string path);
}
