using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Storage;

namespace Screener.Interactive.Lessons;

/// <summary>In which order and direction a collection's NIfTI files hold the axes of a volume.</summary>
public sealed record StoredAxes
{
    private const string Directions = "RLAPSI";

    private readonly CanonicalOrientation _toStored;

    /// <summary>Takes the axes as nibabel names them.</summary>
    /// <param name="codes">
    /// Where the file's axes run to, the fastest first, each R or L, A or P, S or I: "LPS" are rows to the patient's left, columns to the back and slices to the head.
    /// </param>
    /// <exception cref="OptionException">Not three letters, one of each pair.</exception>
    public StoredAxes(string codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.Length != 3 || codes.Any(c => !Directions.Contains(c, StringComparison.Ordinal)) || codes.DistinctBy(c => Directions.IndexOf(c, StringComparison.Ordinal) / 2).Count() != 3)
            throw new OptionException(nameof(codes), $"'{codes}'", "three letters, one of R and L, one of A and P, one of S and I");
        Codes = codes;
        _toStored = new CanonicalOrientation(Axis('S', 'I'), Axis('A', 'P'), Axis('R', 'L')).Inverse();

        // Files count axes from the fastest, arrays [D, H, W] from the slowest.
        SourceAxis Axis(char along, char against)
        {
            int at = codes.IndexOfAny([along, against]);
            return new SourceAxis(2 - at, codes[at] == against);
        }
    }

    /// <summary>The axes' names.</summary>
    public string Codes { get; }

    /// <summary>How far a slice lies to the front of the one before it, mm: the gantry's tilt. Such volumes are not square.</summary>
    public double Tilt { get; init; }

    /// <summary>Writes a CT in these axes; folders are made.</summary>
    /// <param name="path">A name that ends in .nii or .nii.gz.</param>
    /// <param name="ct">The CT, in canonical orientation.</param>
    /// <exception cref="OptionException">The CT is in another orientation.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Write(string path, CtVolume ct)
    {
        ArgumentNullException.ThrowIfNull(ct);
        var square = Prepare(path, ct.Grid);
        NiftiWriter.Write(path, new CtVolume(Tilted(square), Reorientation.Restore(ct, square, 1).Voxels));
    }

    /// <summary>Writes labels in these axes; folders are made.</summary>
    /// <param name="path">A name that ends in .nii or .nii.gz.</param>
    /// <param name="labels">The labels, in canonical orientation.</param>
    /// <exception cref="OptionException">The labels are in another orientation.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Write(string path, LabelVolume labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var square = Prepare(path, labels.Grid);
        NiftiWriter.Write(path, new LabelVolume(Tilted(square), Reorientation.Restore(labels, square, 1).Voxels));
    }

    private VolumeGrid Prepare(string path, VolumeGrid grid)
    {
        if (!Reorientation.From(grid.Affine).IsIdentity)
            throw new OptionException(nameof(grid), $"axes along {grid.Affine}", "a volume in canonical orientation", "Bring it into canonical orientation first.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new OutputException(path, $"its folder cannot be made ({e.Message})", "a writable folder", "Set Artifacts in the parameters cell.", e);
        }

        return _toStored.Apply(grid);
    }

    // The column of the axis that runs to the head or the feet.
    private VolumeGrid Tilted(VolumeGrid grid)
    {
        var a = grid.Affine;
        double front = Math.Sign(a[2, Codes.IndexOfAny(['S', 'I'])]) * Tilt;
        return grid with
        {
            Affine = Codes.IndexOfAny(['S', 'I']) switch
            {
                0 => a with { M10 = a.M10 + front },
                1 => a with { M11 = a.M11 + front },
                _ => a with { M12 = a.M12 + front },
            },
        };
    }
}
