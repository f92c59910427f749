using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>A CT with what is known about it.</summary>
/// <param name="Id">The case.</param>
/// <param name="Ct">HU.</param>
/// <param name="Lesions">The lesions on the CT's grid.</param>
/// <param name="Organ">The organ in which they grow, the lesions included; null if it is not known.</param>
public sealed record AnnotatedCt(string Id, CtVolume Ct, LesionMask Lesions, LesionMask? Organ)
{
    /// <summary>What is where, with names: a phantom's organs, or the one organ of a dataset; null if nothing is known.</summary>
    public LabelVolume? Labels { get; init; }
}

/// <summary>CTs with annotated lesions, read one at a time: a dataset's cache or a cohort of phantoms.</summary>
public interface IAnnotatedCohort
{
    /// <summary>Its name in results and folders.</summary>
    string Name { get; }

    /// <summary>Its dataset.</summary>
    DatasetManifest Manifest { get; }

    /// <summary>The seed that made it; null for patients.</summary>
    ulong? Seed { get; }

    /// <summary>How it was imported; null if it was not.</summary>
    DatasetImportOptions? ImportedWith { get; }

    /// <summary>The cases, in order.</summary>
    IReadOnlyList<string> CaseIds { get; }

    /// <summary>True if each case has the organ in which its lesions grow.</summary>
    bool HasOrgans { get; }

    /// <summary>The full paths of the files that <see cref="Read"/> reads, that of the CT first.</summary>
    IReadOnlyList<string> FilesOf(int index);

    /// <summary>What those files hold: part of the key of whatever is made of the case.</summary>
    /// <exception cref="Errors.MissingInputException">One cannot be read.</exception>
    internal string KeyOf(int index) => ContentKey.Of(FilesOf(index).Select(ContentKey.OfFile));

    /// <summary>Whose CT a case is: equal for cases of one patient, as far as that is known.</summary>
    internal string PatientOf(int index) => CaseIds[index];

    /// <summary>Reads the CT of a case.</summary>
    /// <exception cref="Errors.ScreenerException">A file is missing or damaged.</exception>
    CtVolume ReadCt(int index, CancellationToken cancellation = default);

    /// <summary>Reads a case.</summary>
    /// <exception cref="Errors.ScreenerException">A file is missing or damaged.</exception>
    AnnotatedCt Read(int index, CancellationToken cancellation = default);
}
