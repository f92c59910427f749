using Screener.Errors;

namespace Screener.Preprocessing;

/// <summary>Contrast-limited adaptive histogram equalisation, with the meaning the fields have in scikit-image's <c>equalize_adapthist</c>.</summary>
public sealed record ClaheOptions
{
    /// <summary>The paper's values, which are scikit-image's defaults.</summary>
    public static ClaheOptions Paper { get; } = new();

    /// <summary>The part of a contextual region's voxels that one histogram bin may hold, 0 to 1. 0 does not clip at all.</summary>
    public double ClipLimit { get; init; } = 0.01;

    /// <summary>Number of histogram bins, 2 to 256.</summary>
    public int Bins { get; init; } = 256;

    /// <summary>Contextual regions along each axis: a region is 1 / this of the axis, at least one voxel. 1 to 64.</summary>
    public int RegionsPerAxis { get; init; } = 8;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("Clahe.ClipLimit", ClipLimit, 0, 1);
        OptionException.ThrowIfOutside("Clahe.Bins", Bins, 2, 256);
        OptionException.ThrowIfOutside("Clahe.RegionsPerAxis", RegionsPerAxis, 1, 64);
    }
}
