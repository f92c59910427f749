using Screener.Errors;
using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>A CT volume as the networks see it: canonical orientation, cropped, resampled, intensities in [0, 1].</summary>
public sealed class PreparedVolume
{
    /// <summary>Puts the parts together. <see cref="Preprocessor.Prepare"/> makes prepared volumes from CT.</summary>
    /// <param name="grid">Shape and position of the intensities.</param>
    /// <param name="intensities">[D, H, W], 0 to 1; the volume takes ownership.</param>
    /// <param name="sourceGrid">The grid of the CT volume it was made from.</param>
    /// <param name="source">Where the CT volume came from.</param>
    /// <param name="optionsFingerprint"><see cref="PreprocessingOptions.Fingerprint"/> of the options it was made with.</param>
    /// <exception cref="OptionException">The number of intensities does not fit the grid.</exception>
    public PreparedVolume(VolumeGrid grid, float[] intensities, VolumeGrid sourceGrid, string source = "", string optionsFingerprint = "")
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(intensities);
        ArgumentNullException.ThrowIfNull(sourceGrid);
        int length = grid.Shape.CheckedLength();
        if (intensities.Length != length)
            throw new OptionException(
                "intensities", $"{intensities.Length} voxels", $"{length} voxels for shape {grid.Shape}",
                "Pass as many voxels as the grid has.");
        Grid = grid;
        Intensities = intensities;
        SourceGrid = sourceGrid;
        Source = source;
        OptionsFingerprint = optionsFingerprint;
    }

    /// <summary>Shape and position of the intensities, in the same world as <see cref="SourceGrid"/>.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>Intensities in [0, 1], [D, H, W] with W fastest. Not copied.</summary>
    public float[] Intensities { get; }

    /// <summary>The grid of the CT volume it was made from, onto which results are brought back.</summary>
    public VolumeGrid SourceGrid { get; }

    /// <summary>Where the CT volume came from.</summary>
    public string Source { get; }

    /// <summary><see cref="PreprocessingOptions.Fingerprint"/> of the options it was made with.</summary>
    public string OptionsFingerprint { get; }

    /// <summary>
    /// The key of the bytes of the file that it was made from; null for a folder, where nobody asked, and in files from before it was kept.
    /// </summary>
    internal string? SourceKey { get; init; }

    /// <summary>Voxels along [D, H, W].</summary>
    public VolumeShape Shape => Grid.Shape;

    /// <summary>Distance between neighbouring voxel centres, in mm.</summary>
    public Spacing Spacing => Grid.Spacing;
}
