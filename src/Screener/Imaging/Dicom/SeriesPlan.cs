using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>Slices in order with the grid they make, before any pixel is read.</summary>
/// <param name="Grid">Shape and position of the volume.</param>
/// <param name="Slices">One header per index along D.</param>
/// <param name="Repeats">Further images at the location of slice <c>Index</c>, to be compared with it and dropped.</param>
/// <param name="Notes">What was dropped or assumed.</param>
internal sealed record SeriesPlan(
    VolumeGrid Grid,
    IReadOnlyList<CtSliceHeader> Slices,
    IReadOnlyList<(CtSliceHeader Header, int Index)> Repeats,
    IReadOnlyList<string> Notes)
{
    // What is read into more memory than this must not take more than so many times the bytes of its files.
    private const long FreeVoxelBytes = 1L << 30, MaxVoxelRatio = 200;

    /// <summary>Compressed and zipped, a few bytes can claim to be any number of slices.</summary>
    /// <exception cref="VolumeFormatException">These do.</exception>
    public void RefuseBomb(string name)
    {
        long made = sizeof(float) * Grid.Shape.VoxelCount, stored = Slices.Sum(s => s.StoredBytes);
        if (made > FreeVoxelBytes && made > MaxVoxelRatio * stored)
        {
            throw new VolumeFormatException(
                name, $"{stored} bytes of files that unpack to {made}", $"at most {MaxVoxelRatio} times their length",
                    "Fetch the series from its source: this was made to fill memory.");
        }
    }
}
