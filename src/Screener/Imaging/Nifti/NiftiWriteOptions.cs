using Screener.Errors;

namespace Screener.Imaging.Nifti;

/// <summary>How hard to try to make a .nii.gz small.</summary>
public enum NiftiCompression
{
    /// <summary>
    /// Runs and letter frequencies only: 200 MB/s a core, a chest CT to 60 % of its int16 size. The usual searches for repeats find
    /// little in noise: zlib's level 1 is slower and gives more (73 %).
    /// </summary>
    Fast,

    /// <summary>zlib's level 6: four times slower than <see cref="Fast"/> for a tenth less on CT and nothing on maps.</summary>
    Small,
}

/// <summary>How volumes are written as NIfTI-1.</summary>
public sealed record NiftiWriteOptions
{
    /// <summary>The defaults.</summary>
    public static NiftiWriteOptions Default { get; } = new();

    /// <summary>Effort for files named .gz.</summary>
    public NiftiCompression Compression { get; init; } = NiftiCompression.Fast;

    /// <summary>Free text in the header, at most 79 printable Latin-1 characters.</summary>
    public string Description { get; init; } = "";

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Compression))
            throw new OptionException(nameof(Compression), $"{Compression}", "Fast or Small");
        if (Description.Length > 79 || Description.Any(c => char.IsControl(c) || c > 255))
            throw new OptionException(nameof(Description), $"'{Description}'", "at most 79 printable Latin-1 characters");
    }
}
