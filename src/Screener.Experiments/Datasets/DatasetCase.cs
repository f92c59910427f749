using Screener.Annotations;
using Screener.Imaging;

namespace Screener.Datasets;

/// <summary>One volume of a raw folder, with the files that it is made of.</summary>
/// <param name="Id">Its name, unique in the dataset and fit for a file.</param>
/// <param name="Files">Its files, in the order of their names.</param>
public abstract record DatasetCase(string Id, IReadOnlyList<RawFile> Files)
{
    /// <summary>Why it cannot be imported, as far as names and headers tell; null if nothing speaks against it.</summary>
    public string? Problem { get; init; }

    /// <summary>DICOM: the PatientID; null where files have none.</summary>
    internal virtual string? Patient => null;

    /// <summary>About how many voxels it has, from headers; 0 if they cannot be read.</summary>
    internal abstract long EstimateVoxels();

    /// <summary>Reads it.</summary>
    /// <param name="options">What counts as lesion.</param>
    /// <param name="threads">Processor threads.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="Errors.ScreenerException">It cannot be used; the message is the reason.</exception>
    internal abstract AnnotatedVolume Read(DatasetImportOptions options, int threads, CancellationToken cancellation);

    /// <summary>A name as files may have it.</summary>
    internal static string CleanId(string name, string ifEmpty = "case")
    {
        string clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_')).Trim('.');
        return clean.Length == 0 ? ifEmpty : clean.Length > 100 ? clean[..100] : clean;
    }
}

/// <summary>A raw volume as it was read.</summary>
/// <param name="Ct">HU, in the files' own orientation.</param>
/// <param name="Labels">Values of <see cref="CaseLabel"/> on the CT's grid; null where nothing is annotated.</param>
/// <param name="Provenance">Where it came from: names and values.</param>
/// <param name="Notes">What was dropped, ignored or assumed, a sentence each.</param>
/// <param name="Nodules">LIDC-IDRI: the nodules with what the readers said of them.</param>
internal sealed record AnnotatedVolume(
    CtVolume Ct, LabelVolume? Labels, IReadOnlyDictionary<string, string> Provenance, IReadOnlyList<string> Notes,
    IReadOnlyList<NoduleFinding>? Nodules = null);

/// <summary>A nodule of a cached volume.</summary>
/// <param name="Readers">How many readers outlined it.</param>
/// <param name="X">Middle of its outlines in the world, mm to the right.</param>
/// <param name="Y">Middle of its outlines in the world, mm to the front.</param>
/// <param name="Z">Middle of its outlines in the world, mm to the head.</param>
/// <param name="Characteristics">What each of them said, in the readers' order.</param>
public sealed record NoduleFinding(int Readers, double X, double Y, double Z, IReadOnlyList<NoduleCharacteristics> Characteristics);

/// <summary>What is unusual about a raw folder.</summary>
public enum OddityKind
{
    /// <summary>Something that belongs to the dataset is not there.</summary>
    Missing,

    /// <summary>Something is there that does not belong to the dataset.</summary>
    Surplus,

    /// <summary>Something is there and cannot be used.</summary>
    Unusable,

    /// <summary>Something is known and not used.</summary>
    PassedOver,
}

/// <summary>Something to say about a raw folder.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">The file, folder or case.</param>
/// <param name="Text">What about it.</param>
public sealed record DatasetOddity(OddityKind Kind, string Subject, string Text);

/// <summary>What lies in a raw folder.</summary>
/// <param name="Cases">The volumes, in the order of their names.</param>
/// <param name="Oddities">What else there is to say.</param>
public sealed record DatasetContents(IReadOnlyList<DatasetCase> Cases, IReadOnlyList<DatasetOddity> Oddities);

/// <summary>How the raw files of a dataset lie. One class for each layout.</summary>
public interface IDatasetLayout
{
    /// <summary>Finds the volumes of a raw folder; looks at names and headers only.</summary>
    /// <param name="manifest">The dataset.</param>
    /// <param name="rawFolder">The folder.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="Errors.MissingInputException">The folder, or a file that all volumes need, is not there.</exception>
    /// <exception cref="Errors.ScreenerException">A file that all volumes need is damaged or of another kind.</exception>
    DatasetContents Find(
        DatasetManifest manifest, string rawFolder, IProgress<double>? progress = null, CancellationToken cancellation = default);
}
