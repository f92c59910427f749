using System.IO.Compression;
using Screener.Errors;

namespace Screener.Imaging.Nifti;

/// <summary>How volumes are written as NIfTI-1.</summary>
public sealed record NiftiWriteOptions
{
    /// <summary>The defaults.</summary>
    public static NiftiWriteOptions Default { get; } = new();

    /// <summary>Effort for files named .gz. More effort gains little on CT and on maps, whose noise does not compress.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>Free text in the header, at most 79 printable Latin-1 characters.</summary>
    public string Description { get; init; } = "";

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Compression))
            throw new OptionException(nameof(Compression), $"{Compression}", "a compression level");
        if (Description.Length > 79 || Description.Any(c => char.IsControl(c) || c > 255))
            throw new OptionException(nameof(Description), $"'{Description}'", "at most 79 printable Latin-1 characters");
    }
}
