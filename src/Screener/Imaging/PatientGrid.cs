using Screener.Errors;

namespace Screener.Imaging;

/// <summary>Tells the grid of a CT of a patient from one in other units, such as an affine in metres.</summary>
public static class PatientGrid
{
    /// <summary>The least and the greatest distance between voxel centres, mm: below is no scanner, above no image.</summary>
    public const double MinSpacing = 0.05, MaxSpacing = 30;

    /// <summary>The least and the greatest length of a volume with a body in it, mm, along its longest and along each axis.</summary>
    public const double MinExtent = 50, MaxExtent = 3000;

    /// <summary>Refuses a grid that no scanner makes; every reader of CT asks.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="VolumeFormatException">A spacing or an extent is impossible.</exception>
    public static void Require(VolumeGrid grid, string source)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var (spacing, extent) = (grid.Spacing, Extent(grid));
        if (!(Least(spacing) >= MinSpacing && Greatest(spacing) <= MaxSpacing))
            throw Impossible(
                source, $"a voxel spacing of {spacing}", FormattableString.Invariant($"{MinSpacing} to {MaxSpacing} mm along each axis"));
        if (!(Greatest(extent) <= MaxExtent))
            throw Impossible(source, $"a volume of {extent}", FormattableString.Invariant($"at most {MaxExtent} mm along each axis"));
    }

    /// <summary>Refuses a volume into which no body fits.</summary>
    /// <inheritdoc cref="Require"/>
    public static void RequireBody(VolumeGrid grid, string source)
    {
        Require(grid, source);
        var extent = Extent(grid);
        if (!(Greatest(extent) >= MinExtent))
            throw Impossible(
                source, $"a volume of {extent}", FormattableString.Invariant($"a patient: at least {MinExtent} mm along one axis"));
    }

    private static Spacing Extent(VolumeGrid grid) =>
        new(grid.Shape.Depth * grid.Spacing.Depth, grid.Shape.Height * grid.Spacing.Height, grid.Shape.Width * grid.Spacing.Width);

    private static double Least(Spacing s) => Math.Min(s.Depth, Math.Min(s.Height, s.Width));

    private static double Greatest(Spacing s) => Math.Max(s.Depth, Math.Max(s.Height, s.Width));

    private static VolumeFormatException Impossible(string source, string found, string expected) =>
        new(source, found, expected, "Its units are wrong (metres, micrometres or none): correct the geometry in its header.");
}
