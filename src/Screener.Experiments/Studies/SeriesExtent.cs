using Screener.Imaging.Dicom;

namespace Screener.Studies;

/// <summary>How much of a patient a series shows, by its headers alone.</summary>
/// <param name="IsAxial">True if its slices lie across the body.</param>
/// <param name="Low">The lowest slice along the slices' normal, mm.</param>
/// <param name="High">The highest one.</param>
/// <param name="Step">From one slice to the next, mm: the median. The thickness where there is one slice.</param>
/// <param name="Slices">Images that are slices.</param>
/// <param name="Voxels">Their pixels.</param>
/// <param name="Volume">What they fill, mm3; 0 if that is not said.</param>
internal readonly record struct SeriesExtent(bool IsAxial, double Low, double High, double Step, int Slices, long Voxels, double Volume)
{
    /// <summary>The length that the slices cover, mm.</summary>
    internal double Length => High - Low + Step;

    /// <summary>What some images show; slices without a place count as none.</summary>
    internal static SeriesExtent Of(IReadOnlyList<CtSliceHeader> images)
    {
        var slices = images.Where(h => h.IsSlice).ToList();
        long voxels = slices.Sum(h => (long)h.Pixels.Rows * h.Pixels.Columns);
        var placed = slices.Where(h => h.Position is not null && h.Orientation is not null).ToList();
        if (placed.Count == 0)
            return new SeriesExtent(false, 0, 0, 0, slices.Count, voxels, 0);
        double[] across = placed[0].Orientation!, normal = SeriesAssembler.Cross(across[..3], across[3..]);
        double[] locations = [.. placed.Select(h => SeriesAssembler.Dot(h.Position!, normal)).Order()];
        double[] steps = [.. locations.Skip(1).Zip(locations, (b, a) => b - a).Where(gap => gap > SeriesAssembler.SameLocation).Order()];
        double step = steps.Length > 0 ? steps[steps.Length / 2] : placed[0].Thickness ?? 0;
        double area = slices.Sum(h => h.PixelSpacing is [var down, var along] ? h.Pixels.Rows * down * h.Pixels.Columns * along : 0);
        return new SeriesExtent(
            Math.Abs(normal[2]) >= SeriesAssembler.MinAxialCosine, locations[0], locations[^1], step, slices.Count, voxels, area * step);
    }

    /// <summary>Both together: a series whose files lie in several folders.</summary>
    internal SeriesExtent With(SeriesExtent other) => new(
        IsAxial && other.IsAxial, Math.Min(Low, other.Low), Math.Max(High, other.High), Math.Min(Step, other.Step), Slices + other.Slices,
        Voxels + other.Voxels, Volume + other.Volume);
}
