using System.Globalization;
using System.Text.Json.Serialization;
using Screener.Errors;

namespace Screener.Datasets;

/// <summary>How an image and its label volume are put together.</summary>
public enum MaskPairing
{
    /// <summary>By their place in the world; a mask that lies elsewhere is refused.</summary>
    ByPlace,

    /// <summary>
    /// By their indices in canonical orientation, as the authors' preparation does; only the shape must agree. A mask whose affine is an
    /// identity has no orientation: its voxels are taken in the order of the image's.
    /// </summary>
    ByIndex,
}

/// <summary>What a dataset's import decides where the paper leaves it open.</summary>
public sealed record DatasetImportOptions
{
    /// <summary>Our answers.</summary>
    public static DatasetImportOptions Default { get; } = new();

    /// <summary>LIDC-IDRI: the part of the four readers who must agree, above 0 up to 1.</summary>
    public double Consensus { get; init; } = 0.5;

    /// <summary>Names of the labels that count as pathology; null takes those of the manifest.</summary>
    public IReadOnlyList<string>? Pathology { get; init; }

    /// <summary>Pairs: which files are CTs and which masks; null takes the manifest's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DatasetFilePatterns? Files { get; init; }

    /// <summary>NIfTI: how masks are paired with images.</summary>
    public MaskPairing Masks { get; init; }

    /// <summary>Whether cases get numbers for names, and records neither PatientID nor UIDs nor names of files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Pseudonymise { get; init; }

    /// <summary>Checks the options against a dataset.</summary>
    /// <exception cref="OptionException">A value is out of range, a label is not the dataset's, or an option has no meaning for
    /// it.</exception>
    public void Validate(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (!(Consensus is > 0 and <= 1))
            throw new OptionException(nameof(Consensus), FormattableString.Invariant($"{Consensus}"), "a fraction above 0 up to 1");
        if (!Enum.IsDefined(Masks))
            throw new OptionException(nameof(Masks), $"{(int)Masks}", "ByPlace or ByIndex");
        RequireMeaning(Consensus == Default.Consensus || manifest.Layout == DatasetLayoutKind.Lidc, nameof(Consensus), "is of LIDC-IDRI");
        RequireMeaning(
            Masks == Default.Masks || manifest.Layout is DatasetLayoutKind.Nifti or DatasetLayoutKind.Pairs, nameof(Masks),
            "is of NIfTI label volumes");
        RequireMeaning(Files is null || manifest.Layout == DatasetLayoutKind.Pairs, nameof(Files), "is of pairs");
        if (Files is { AreValid: false } or { Masks.Count: 0 })
        {
            throw new OptionException(
                nameof(Files), "a pattern without {id}, or none", "patterns of CTs and of masks, each with {id} once");
        }

        if (Pathology is null)
            return;
        if (manifest.Layout == DatasetLayoutKind.Pairs)
        {
            if (Pathology.Count == 0 || !Pathology.All(IsValue))
                throw new OptionException(nameof(Pathology), $"'{string.Join(',', Pathology)}'", "values of the masks, 1 to 255");
            return;
        }

        RequireMeaning(
            manifest.Layout is DatasetLayoutKind.Midrc or DatasetLayoutKind.Nifti, nameof(Pathology), "is of datasets with several labels");
        string all = manifest.Labels.Count == 0
            ? "nothing: this dataset has no labels"
            : string.Join(", ", manifest.Labels.Select(l => $"'{l.Name}'"));
        if (Pathology.Count == 0)
            throw new OptionException(nameof(Pathology), "none", $"at least one of {all}");
        foreach (string name in Pathology)
        {
            if (!manifest.Labels.Any(l => l.Name == name))
                throw new OptionException(nameof(Pathology), $"'{name}'", $"one of {all}", "Choose labels of the dataset.");
        }
    }

    private static bool IsValue(string text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte value) && value > 0;

    // An option that changes nothing would pass for one that did.
    private static void RequireMeaning(bool holds, string option, string meaning)
    {
        if (!holds)
            throw new OptionException(option, "a choice for another dataset", $"nothing: it {meaning}", "Leave it out.");
    }

    /// <summary>What a label counts as.</summary>
    internal CaseLabel LabelOf(DatasetLabel label)
    {
        bool isPathology = Pathology?.Contains(label.Name) ?? label.Role == LabelRole.Pathology;

        // What is pathology by the manifest and not by the option still lies in the organ.
        return isPathology ? CaseLabel.Lesion : label.Role == LabelRole.Other ? CaseLabel.None : CaseLabel.Organ;
    }
}
