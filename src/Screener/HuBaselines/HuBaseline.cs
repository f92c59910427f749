using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.HuBaselines;

/// <summary>
/// What a method has to beat: a density on smoothed HU, alone (<see cref="HuBaselineOptions.HuOnly"/>) or at the place in the body
/// (<see cref="HuBaselineOptions.HuAndPosition"/>). The score is -log p(HU) or -log p(HU | position), in nats.
/// </summary>
/// <remarks>
/// The CT is smoothed inside the body. Position is that in the body's bounding box, in patient axes, on a coarse lattice of
/// cells between which densities are interpolated trilinearly. The histogram of a cell is smoothed along HU and mixed with
/// that of the whole body, as much as if a small part of a cell's voxels came from it.
/// </remarks>
public sealed class HuBaseline
{
    /// <summary>Each thread of a fit has counts of its own: 8 bytes x cells x bins, 55 MB by default.</summary>
    private const int MaxFitThreads = 4;

    // [cells, bins]: probability density per HU.
    private readonly float[] _density;

    internal HuBaseline(HuBaselineOptions options, float[] density)
    {
        Options = options;
        _density = density;
    }

    /// <summary>What the baseline was fitted with.</summary>
    public HuBaselineOptions Options { get; }

    internal ReadOnlySpan<float> Density => _density;

    /// <summary>The numbers of a density of these options.</summary>
    internal static long Numbers(HuBaselineOptions options) => (long)options.Cells * options.Cells * options.Cells * options.Bins;

    /// <summary>Fits the densities to training volumes, one at a time.</summary>
    /// <param name="cohort">CT volumes and their bodies; read once, in order, each let go before the next is asked for.</param>
    /// <param name="options">Smoothing, lattice and histogram.</param>
    /// <param name="threads">Threads to use; 0 means one per processor. The result does not depend on it.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="OptionException">An option is out of range, a grid differs from its CT's, or there is no body at all.</exception>
    public static HuBaseline Fit(
        IEnumerable<(CtVolume Ct, BodyMask Body)> cohort, HuBaselineOptions options, int threads = 0,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        threads = Math.Min(ThreadCount(threads), MaxFitThreads);
        int cells = options.Cells * options.Cells * options.Cells, bins = options.Bins;
        var counts = new long[threads][];
        for (int i = 0; i < threads; i++)
            counts[i] = new long[cells * bins];
        bool any = false;
        foreach (var (ct, body) in cohort)
        {
            any = true;
            Visit(ct, body, options, threads, cancellation, (slab, voxels) =>
            {
                var mine = counts[slab];
                for (int w = 0; w < voxels.Bins.Length; w++)
                {
                    int bin = voxels.Bins[w];
                    if (bin < 0)
                        continue;
                    var (low, high, highWeight) = voxels.Columns[w];
                    for (int corner = 0; corner < 4; corner++)
                    {
                        mine[((voxels.Cells[corner] + low) * bins) + bin] += voxels.Weights[corner] * (BodyLattice.One - highWeight);
                        mine[((voxels.Cells[corner] + high) * bins) + bin] += voxels.Weights[corner] * highWeight;
                    }
                }
            });
        }

        if (!any)
            throw new OptionException(nameof(cohort), "no volume", "at least one", "Pass the training cohort.");
        for (int slab = 1; slab < threads; slab++)
        {
            for (int i = 0; i < counts[0].Length; i++)
                counts[0][i] += counts[slab][i];
        }

        return new HuBaseline(options, HuDensity.FromCounts(counts[0], cells, options));
    }

    /// <summary>The anomaly map of one volume on its own grid; outside the body its minimum.</summary>
    /// <param name="ct">The CT, HU.</param>
    /// <param name="body">The body on the same grid.</param>
    /// <param name="threads">Threads to use; 0 means one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OptionException">The grids differ, or the body is empty.</exception>
    public AnomalyMap Score(CtVolume ct, BodyMask body, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        ArgumentNullException.ThrowIfNull(body);
        var scores = new float[ct.Voxels.Length];
        int bins = Options.Bins;
        threads = ThreadCount(threads);
        const float Unit = 1f / (BodyLattice.One * BodyLattice.One * BodyLattice.One);
        Visit(ct, body, Options, threads, cancellation, (_, voxels) =>
        {
            var row = scores.AsSpan(voxels.Start, voxels.Bins.Length);
            for (int w = 0; w < row.Length; w++)
            {
                int bin = voxels.Bins[w];
                if (bin < 0)
                    continue;
                var (low, high, highWeight) = voxels.Columns[w];
                float p = 0;
                for (int corner = 0; corner < 4; corner++)
                {
                    int cell = voxels.Cells[corner];
                    p += voxels.Weights[corner]
                        * (((BodyLattice.One - highWeight) * _density[((cell + low) * bins) + bin])
                            + (highWeight * _density[((cell + high) * bins) + bin]));
                }

                row[w] = -MathF.Log(p * Unit);
            }
        });
        OutsideOfBody.FillWithLeast(scores, body);
        return new AnomalyMap(ct.Grid, scores);
    }

    private static int ThreadCount(int threads)
    {
        OptionException.ThrowIfOutside(nameof(threads), threads, 0, 1024);
        return ThreadCounts.Of(threads);
    }

    private static void Visit(
        CtVolume ct, BodyMask body, HuBaselineOptions options, int threads, CancellationToken cancellation, Action<int, BodyRow> use)
    {
        if (!body.Grid.Matches(ct.Grid))
            throw new OptionException(
                nameof(body), $"a mask of {body.Shape} at {body.Grid.Affine}", $"the CT's grid of {ct.Shape} at {ct.Grid.Affine}",
                "Make the mask from this CT.");
        var box = BodyBox.Of(body);
        var lattice = new BodyLattice(ct.Grid.Affine, box, options.Cells);
        float min = (float)options.MinHu, scale = (float)(1 / options.BinHu);
        int lastBin = options.Bins - 1;
        var rows = new BodyRow[threads];
        for (int i = 0; i < threads; i++)
            rows[i] = new BodyRow(box.Shape.Width, lattice);
        BodySmoothing.ForEachSlice(ct, body, box, options.SigmaMm, threads, (slab, d, slice) =>
        {
            var row = rows[slab];
            for (int h = 0; h < box.Shape.Height; h++)
            {
                row.Start = ct.Shape.Index(box.D + d, box.H + h, box.W);
                lattice.Row(d, h, row.Cells, row.Weights);
                var inside = body.Voxels.AsSpan(row.Start, box.Shape.Width);
                var hu = slice.AsSpan(h * box.Shape.Width, box.Shape.Width);
                for (int w = 0; w < row.Bins.Length; w++)
                    row.Bins[w] = inside[w] != 0 ? (int)Math.Clamp((hu[w] - min) * scale, 0, lastBin) : -1;
                use(slab, row);
            }
        }, cancellation);
    }

    /// <summary>
    /// One row of the body's box: where it starts in the volume, each voxel's bin (-1 outside the body) and the cells it lies between.
    /// </summary>
    private sealed class BodyRow(int width, BodyLattice lattice)
    {
        internal int Start { get; set; }

        internal int[] Bins { get; } = new int[width];

        internal int[] Cells { get; } = new int[4];

        internal int[] Weights { get; } = new int[4];

        internal (int Low, int High, int HighWeight)[] Columns { get; } = lattice.Axis(2).ToArray();
    }
}
