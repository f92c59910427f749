using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>Blocks of voxels made one number: their mean, weighted by how much of each voxel lies in the block, or their highest.</summary>
/// <remarks>Only the slices (along the volume's own D axis) that are asked for are made, so that a sample of a volume costs as much
/// less.</remarks>
internal static class BlockReduction
{
    /// <summary>The blocks' means; not a number where a voxel is none.</summary>
    internal static void Mean(float[] voxels, ShownGrid grid, ReadOnlySpan<int> slices, float[] blocks, int threads) =>
        Run(voxels, grid, slices, blocks, threads,
            static (float[] source, int start, float weight, Span<float> row) => Add(source.AsSpan(start, row.Length), weight, row),
            MeanAlong, 0);

    /// <summary>The share of the blocks' volume where <paramref name="voxels"/> is not 0.</summary>
    internal static void Coverage(byte[] voxels, ShownGrid grid, ReadOnlySpan<int> slices, float[] blocks, int threads) =>
        Run(voxels, grid, slices, blocks, threads,
            static (byte[] source, int start, float weight, Span<float> row) => Count(source.AsSpan(start, row.Length), weight, row),
            MeanAlong, 0);

    /// <summary>
    /// The highest of the voxels that a block touches; what is not a number is passed over, and a block of nothing else is minus infinity.
    /// </summary>
    internal static void Highest(float[] voxels, ShownGrid grid, ReadOnlySpan<int> slices, float[] blocks, int threads) =>
        Run(voxels, grid, slices, blocks, threads,
            static (float[] source, int start, float weight, Span<float> row) => Raise(source.AsSpan(start, row.Length), row), HighestAlong,
            float.NegativeInfinity);

    private delegate void Gather<T>(T[] source, int start, float weight, Span<float> row);

    private delegate void Narrow(ReadOnlySpan<float> row, Span<float> blocks);

    private static void Run<T>(
        T[] voxels, ShownGrid grid, ReadOnlySpan<int> slices, float[] blocks, int threads, Gather<T> gather, Narrow narrow, float empty)
    {
        var (shape, to) = (grid.Source.Shape, grid.Shape);
        ArgumentOutOfRangeException.ThrowIfNotEqual(blocks.Length, slices.Length * to.Height * to.Width);
        int[] wanted = slices.ToArray();
        var parallel = ThreadCounts.Parallel(threads);
        Parallel.For(0, wanted.Length, parallel, () => new float[shape.Width], (slice, _, row) =>
        {
            var depth = new Extent(wanted[slice], shape.Depth, to.Depth);
            for (int h = 0; h < to.Height; h++)
            {
                var height = new Extent(h, shape.Height, to.Height);
                row.AsSpan().Fill(empty);
                for (int d = depth.First; d <= depth.Last; d++)
                {
                    for (int y = height.First; y <= height.Last; y++)
                        gather(voxels, shape.Index(d, y, 0), (float)(depth.Weight(d) * height.Weight(y)), row);
                }

                narrow(row, blocks.AsSpan(((slice * to.Height) + h) * to.Width, to.Width));
            }

            return row;
        }, _ => { });
    }

    // Optimised at the first call: a notebook shows few volumes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<float> source, float weight, Span<float> row)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        var to = MemoryMarshal.Cast<float, Vector<float>>(row);
        var factor = new Vector<float>(weight);
        for (int i = 0; i < to.Length; i++)
            to[i] += from[i] * factor;
        for (int i = to.Length * Vector<float>.Count; i < row.Length; i++)
            row[i] += source[i] * weight;
    }

    private static void Count(ReadOnlySpan<byte> source, float weight, Span<float> row)
    {
        // Lesions are small: most rows hold nothing.
        for (int i = source.IndexOfAnyExcept((byte)0); (uint)i < (uint)source.Length; i++)
            row[i] += source[i] != 0 ? weight : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Raise(ReadOnlySpan<float> source, Span<float> row)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        var to = MemoryMarshal.Cast<float, Vector<float>>(row);
        for (int i = 0; i < to.Length; i++)
            to[i] = Vector.ConditionalSelect(Vector.GreaterThan(from[i], to[i]), from[i], to[i]);
        for (int i = to.Length * Vector<float>.Count; i < row.Length; i++)
            row[i] = source[i] > row[i] ? source[i] : row[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MeanAlong(ReadOnlySpan<float> row, Span<float> blocks)
    {
        for (int w = 0; w < blocks.Length; w++)
        {
            var width = new Extent(w, row.Length, blocks.Length);
            float sum = row[width.First] * (float)width.Weight(width.First);
            for (int x = width.First + 1; x < width.Last; x++)
                sum += row[x] * (float)width.Inner;
            if (width.Last > width.First)
                sum += row[width.Last] * (float)width.Weight(width.Last);
            blocks[w] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HighestAlong(ReadOnlySpan<float> row, Span<float> blocks)
    {
        for (int w = 0; w < blocks.Length; w++)
        {
            var width = new Extent(w, row.Length, blocks.Length);
            float highest = row[width.First];
            for (int x = width.First + 1; x <= width.Last; x++)
                highest = Math.Max(highest, row[x]);
            blocks[w] = highest;
        }
    }

    /// <summary>The voxels that a block touches along one axis. Ends are exact: they are compared as whole numbers.</summary>
    private readonly struct Extent
    {
        private readonly double _from, _to;

        internal Extent(int block, int voxels, int blocks)
        {
            long from = (long)block * voxels, to = from + voxels;
            First = (int)(from / blocks);
            Last = (int)((to - 1) / blocks);
            Inner = (double)blocks / voxels;
            _from = (double)from / blocks;
            _to = (double)to / blocks;
        }

        internal int First { get; }

        internal int Last { get; }

        /// <summary>The weight of a voxel that lies wholly inside.</summary>
        internal double Inner { get; }

        internal double Weight(int voxel) => (Math.Min(_to, voxel + 1) - Math.Max(_from, voxel)) * Inner;
    }
}
