using System.Runtime.InteropServices;
using Screener.Imaging;

namespace Screener.Datasets;

/// <summary>Voxels of one label in a row, in the order of the array.</summary>
/// <param name="Start">The first voxel's place in the flat array.</param>
/// <param name="Length">How many; at least one.</param>
/// <param name="Label">A <see cref="CaseLabel"/>, not <see cref="CaseLabel.None"/>.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LabelRun(int Start, int Length, int Label);

/// <summary>What a voxel of an annotated CT is.</summary>
public enum CaseLabel : byte
{
    /// <summary>Nothing that was annotated.</summary>
    None = 0,

    /// <summary>Lesion.</summary>
    Lesion = 1,

    /// <summary>The organ in which lesions grow, outside of them.</summary>
    Organ = 2,
}

/// <summary>Labels as runs: a mask of a CT of 70 million voxels takes kilobytes.</summary>
internal static class LabelRuns
{
    /// <summary>The runs of all labels other than 0.</summary>
    internal static List<LabelRun> Of(ReadOnlySpan<byte> labels)
    {
        var runs = new List<LabelRun>();
        for (int at = 0; at < labels.Length;)
        {
            byte label = labels[at];
            int length = labels[at..].IndexOfAnyExcept(label);
            if (length < 0)
                length = labels.Length - at;
            if (label != 0)
                runs.Add(new LabelRun(at, length, label));
            at += length;
        }

        return runs;
    }

    /// <summary>Marks in <paramref name="mask"/>, [D, H, W] of a box, what lies in it of the runs with a label.</summary>
    /// <param name="runs">The runs of the whole volume.</param>
    /// <param name="whole">The volume's shape.</param>
    /// <param name="origin">The box's first voxel.</param>
    /// <param name="box">The box's shape; it lies inside the volume.</param>
    /// <param name="label">Which label; null takes every one.</param>
    /// <param name="mask">Becomes 1 where it is.</param>
    internal static void Mark(
        ReadOnlySpan<LabelRun> runs, VolumeShape whole, (int D, int H, int W) origin, VolumeShape box, CaseLabel? label, Span<byte> mask)
    {
        int first = whole.Index(origin.D, 0, 0), end = first + (box.Depth * whole.Height * whole.Width);
        foreach (var run in runs[FirstEndingAfter(runs, first)..])
        {
            if (run.Start >= end)
                break;
            if (label is { } wanted && run.Label != (int)wanted)
                continue;

            // A run may go over several rows.
            int stop = Math.Min(run.Start + run.Length, end);
            for (int at = Math.Max(run.Start, first); at < stop;)
            {
                int row = at / whole.Width, w = at - (row * whole.Width), next = Math.Min(stop, (row + 1) * whole.Width);
                int h = (row % whole.Height) - origin.H, from = Math.Max(w - origin.W, 0), to = Math.Min(
                    w + next - at - origin.W, box.Width);
                if ((uint)h < (uint)box.Height && to > from)
                    mask.Slice(box.Index((row / whole.Height) - origin.D, h, from), to - from).Fill(1);
                at = next;
            }
        }
    }

    private static int FirstEndingAfter(ReadOnlySpan<LabelRun> runs, int voxel)
    {
        int low = 0, high = runs.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (runs[middle].Start + runs[middle].Length > voxel)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
