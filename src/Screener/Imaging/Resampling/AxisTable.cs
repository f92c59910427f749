namespace Screener.Imaging.Resampling;

/// <summary>Where along one source axis the voxels of one target axis lie.</summary>
internal sealed class AxisTable
{
    /// <summary>Rounding may push a position that lies exactly half a voxel outside a little further.</summary>
    internal const double Slack = 1e-4;

    private AxisTable(int length)
    {
        Low = new int[length];
        High = new int[length];
        Weight = new float[length];
        Nearest = new int[length];
    }

    /// <summary>The source voxel at or below each target voxel.</summary>
    internal int[] Low { get; }

    /// <summary>The source voxel above, or <see cref="Low"/> again where its weight is 0.</summary>
    internal int[] High { get; }

    /// <summary>The weight of <see cref="High"/>, 0 to 1.</summary>
    internal float[] Weight { get; }

    /// <summary>The closest source voxel; the upper one where two are equally close.</summary>
    internal int[] Nearest { get; }

    /// <summary>The first target voxel inside the source, and the one after the last.</summary>
    internal (int Start, int End) Inside { get; private init; }

    /// <summary>The lowest and the highest source voxel that a target voxel inside the source reads.</summary>
    internal (int First, int Last) Reads { get; private set; }

    /// <summary>The table of positions <c>origin + i * step</c>, i = 0 .. count - 1, along a source axis of the given length.</summary>
    internal static AxisTable Create(double origin, double step, int count, int length)
    {
        int start = 0, end = count;
        while (start < end && !IsInside(origin + (start * step), length))
            start++;
        while (end > start && !IsInside(origin + ((end - 1) * step), length))
            end--;
        int first = length - 1, last = 0;
        var table = new AxisTable(count) { Inside = (start, end) };
        for (int i = start; i < end; i++)
        {
            double position = Math.Clamp(origin + (i * step), 0, length - 1);
            int low = (int)position;
            float weight = (float)(position - low);
            table.Low[i] = low;
            table.High[i] = weight > 0 ? low + 1 : low;
            table.Weight[i] = weight;
            table.Nearest[i] = (int)(position + 0.5);
            first = Math.Min(first, low);
            last = Math.Max(last, table.High[i]);
        }

        table.Reads = (Math.Min(first, last), last);
        return table;
    }

    /// <summary>True if target voxel i lies inside the source.</summary>
    internal bool Contains(int i) => i >= Inside.Start && i < Inside.End;

    internal static bool IsInside(double position, int length) => position >= -0.5 - Slack && position <= length - 0.5 + Slack;
}
