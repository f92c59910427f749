using System.Runtime.CompilerServices;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>
/// Compares the anomaly maps of any number of cases with their annotated lesions, one case at a time: AUROC, AUROC and
/// AUPRO up to a false-positive rate, over all voxels of all cases together (paper, section "Evaluation").
/// </summary>
/// <remarks>
/// <para>Exact: no score is binned. Voxels of equal score are found together, which the area counts as a straight line
/// (ties are one half, as in scikit-learn); between two thresholds the curve is a straight line, also where the limit cuts
/// it. Sums are of whole numbers, so the result has the same bits whatever the order of the cases and the number of
/// threads.</para>
/// <para>Positives are the lesion voxels in the region of evaluation, negatives all other voxels of that region. A lesion is
/// a connected region of the whole mask; if the region of evaluation cuts it, it stays one lesion of which only the voxels inside
/// count, and if none is inside it does not count. The AUPRO is the mean over lesions, each voxel counting 1 / (voxels of its
/// lesion).</para>
/// <para>Scores: -0 equals +0, +inf is the most and -inf the least anomalous, NaN in the region of evaluation is refused.
/// A constant map has AUROC 0.5 and limit / 2 for the two others. Without lesion, or without background, the metrics have no
/// value and the result says why; the same holds for each case alone.</para>
/// <para>Memory: <see cref="EvaluationOptions.MemoryBudget"/> for sorted scores (about 1.5 bytes a voxel; the rest goes to a
/// temporary file), 8 bytes for each voxel of the largest region, 28 for each lesion voxel of a case while it is added, 64 MiB for merging,
/// and
/// per case its samples and one histogram (12 bytes x <see cref="EvaluationOptions.IntervalBins"/>). Not thread-safe.</para>
/// </remarks>
public sealed class PooledEvaluation : IDisposable
{
    private readonly EvaluationOptions _options;
    private readonly RandomStream _random;
    private readonly ScoreRunSpool _spool;
    private readonly List<CaseTotals> _cases = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private uint[] _keys = [], _scratch = [];
    private bool _finished;

    /// <summary>Starts an evaluation without cases.</summary>
    /// <param name="options">What to compute.</param>
    /// <param name="random">Draws the samples and the bootstrap replicates.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public PooledEvaluation(EvaluationOptions options, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        _options = options;
        _random = random;
        _spool = new ScoreRunSpool(options.MemoryBudget, options.TemporaryFolder);
    }

    /// <summary>Bytes of sorted scores now in memory and in the temporary file.</summary>
    public (long Memory, long File) SpoolSize => _spool.Size;

    /// <summary>Adds one case.</summary>
    /// <param name="caseId">Its identifier, once per evaluation.</param>
    /// <param name="map">Scores, higher is more anomalous.</param>
    /// <param name="lesions">The annotated lesions on the same grid; null for a case without any.</param>
    /// <param name="region">Where to evaluate (the body, an organ) on the same grid; null for everywhere.</param>
    /// <exception cref="ScoreMapException">The grids differ, a score is NaN, or the case was added before. The evaluation is as it
    /// was.</exception>
    public void Add(string caseId, AnomalyMap map, LesionMask? lesions, Volume<byte>? region)
    {
        ArgumentNullException.ThrowIfNull(map);
        Require(lesions, "lesions");
        Require(region, "region");
        Add(caseId, map.Voxels, lesions is null ? new byte[map.Voxels.Length] : lesions.Voxels, region is null ? [] : region.Voxels,
            map.Shape);

        void Require(Volume<byte>? mask, string name)
        {
            if (mask is not null && !mask.Grid.Matches(map.Grid))
                throw new ScoreMapException(
                    caseId, $"{name} on a grid of {mask.Shape} at {mask.Grid.Affine}",
                    $"the map's grid of {map.Shape} at {map.Grid.Affine}", "Resample the mask to the map's grid.");
        }
    }

    /// <summary>Adds one case.</summary>
    /// <param name="caseId">Its identifier, once per evaluation.</param>
    /// <param name="scores">[D, H, W], higher is more anomalous.</param>
    /// <param name="lesions">[D, H, W], non-zero inside lesions.</param>
    /// <param name="region">[D, H, W], non-zero where to evaluate; empty for everywhere.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <exception cref="ScoreMapException">The lengths differ, a score in the region is NaN, or the case was added before. The evaluation
    /// is as it was.</exception>
    public unsafe void Add(
        string caseId, ReadOnlySpan<float> scores, ReadOnlySpan<byte> lesions, ReadOnlySpan<byte> region, VolumeShape shape)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        ObjectDisposedException.ThrowIf(_finished, this);
        int length = shape.CheckedLength();
        if (scores.Length != length || lesions.Length != length || (!region.IsEmpty && region.Length != length))
        {
            throw new ScoreMapException(
                caseId,
                $"{scores.Length} scores, {lesions.Length} lesion voxels, {region.Length} region voxels",
                $"{length} of each for shape {shape}, or an empty region",
                "Resample the map and the masks to one grid.");
        }

        if (_ids.Contains(caseId))
            throw new ScoreMapException(caseId, "a case of this name was added before", "one map per case", "Give each case its own name.");

        var (runs, allRegions) = ConnectedComponents.LabelRuns(lesions, shape, _options.Connectivity);
        // Chunk i reads the voxels [bounds[i], bounds[i + 1]) and packs its negatives to its own place from starts[i].
        int chunks = Math.Max(1, Math.Min(_options.ThreadCount, length >> 16));
        int[] bounds = new int[chunks + 1], starts = new int[chunks + 1], counts = new int[chunks];
        for (int i = 0; i < chunks; i++)
        {
            bounds[i + 1] = (int)((long)length * (i + 1) / chunks);
            var part = bounds[i]..bounds[i + 1];
            int room = region.IsEmpty ? bounds[i + 1] - bounds[i] : bounds[i + 1] - bounds[i] - region[part].Count((byte)0);
            // One more, because gathering writes a key before it knows whether to keep it.
            starts[i + 1] = starts[i] + room + 1;
        }

        if (_keys.Length < starts[chunks])
            (_keys, _scratch) = (new uint[starts[chunks]], new uint[starts[chunks]]);
        var nans = new long[chunks];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = chunks };
        fixed (float* s = scores)
        fixed (byte* l = lesions, r = region)
        {
            // Pointers, because a lambda cannot capture a span; both stay pinned until Parallel.For returns.
            float* sp = s;
            byte* lp = l, rp = r;
            Parallel.For(0, chunks, parallel, i =>
                (counts[i], nans[i]) = GatherNegatives(sp, lp, rp, bounds[i], bounds[i + 1], _keys.AsSpan(starts[i])));
        }

        var (positives, regionSizes) = GatherPositives(scores, region, runs, allRegions, out long positiveNans);
        long nanCount = positiveNans;
        long negatives = 0;
        for (int i = 0; i < chunks; i++)
        {
            nanCount += nans[i];
            negatives += counts[i];
        }

        if (nanCount > 0)
        {
            throw new ScoreMapException(
                caseId,
                $"{nanCount} of {negatives + positives.Length} scores in the region of evaluation are NaN",
                "a number everywhere (+inf and -inf are allowed)",
                "Screen the case again; if NaN remains, the model is damaged.");
        }

        var weights = new ulong[regionSizes.Length];
        UInt128 weight = 0;
        int regions = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (regionSizes[i] == 0)
                continue;
            regions++;
            weights[i] = (1UL << CurveIntegral.RegionWeightBits) / (ulong)regionSizes[i];
            weight += (UInt128)weights[i] * (ulong)regionSizes[i];
        }

        var stream = _random.Fork("samples").Fork(caseId);
        var negativeSample = VoxelSample.Negatives(_keys, starts, counts, negatives, _options.SamplesPerCase, stream);
        var positiveSample = VoxelSample.Positives(positives, _options.SamplesPerCase, stream);

        var encoded = new byte[chunks + 1][];
        Parallel.For(0, chunks + 1, new ParallelOptions { MaxDegreeOfParallelism = _options.ThreadCount }, i =>
        {
            if (i == chunks)
            {
                RadixSort.SortByHighHalf(positives, new ulong[positives.Length]);
                encoded[i] = ScoreRun.EncodePositives(positives, weights);
                return;
            }

            var keys = _keys.AsSpan(starts[i], counts[i]);
            RadixSort.Sort(keys, _scratch.AsSpan(starts[i], counts[i]));
            encoded[i] = ScoreRun.EncodeNegatives(keys);
        });
        for (int i = 0; i <= chunks; i++)
        {
            if (encoded[i].Length > 0)
                _spool.Add(_cases.Count, positive: i == chunks, encoded[i]);
        }

        _cases.Add(
            new CaseTotals(
                caseId, _cases.Count, (ulong)negatives, (ulong)positives.Length, weight, regions, negativeSample, positiveSample));
        _ids.Add(caseId);
    }

    /// <summary>Computes the metrics of all cases added. Afterwards nothing can be added.</summary>
    /// <param name="cancellation">Stops the computation.</param>
    public EvaluationResult Finish(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _finished = true;
        (_keys, _scratch) = ([], []);
        _cases.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        try
        {
            return new PooledMetrics(_options, _random, _spool, _cases).Compute(cancellation);
        }
        finally
        {
            _spool.Dispose();
        }
    }

    /// <summary>Removes the temporary file.</summary>
    public void Dispose()
    {
        _finished = true;
        _spool.Dispose();
    }

    private static unsafe (int Count, long Nans) GatherNegatives(
        float* scores, byte* lesions, byte* region, int start, int end, Span<uint> keys)
    {
        int count = 0;
        long nans = 0;
        for (int i = start; i < end; i++)
        {
            bool take = lesions[i] == 0 && (region == null || region[i] != 0);
            // Written first and kept by moving on: masks have ragged borders, and a wrong guess costs more than a store.
            keys[count] = ScoreKey.FromScore(scores[i]);
            count += take ? 1 : 0;
            nans += take && float.IsNaN(scores[i]) ? 1 : 0;
        }

        return (count, nans);
    }

    private static (ulong[] KeysAndRegions, long[] RegionSizes) GatherPositives(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> region, List<VoxelRun> runs, int regions, out long nans)
    {
        long total = 0;
        foreach (var run in runs)
            total += region.IsEmpty ? run.Length : run.Length - region.Slice(run.Start, run.Length).Count((byte)0);
        var positives = new ulong[total];
        var sizes = new long[regions];
        int count = 0;
        nans = 0;
        foreach (var run in runs)
        {
            for (int i = run.Start; i < run.Start + run.Length; i++)
            {
                if (!region.IsEmpty && region[i] == 0)
                    continue;
                nans += float.IsNaN(scores[i]) ? 1 : 0;
                positives[count++] = ((ulong)ScoreKey.FromScore(scores[i]) << 32) | (uint)run.Label;
                sizes[run.Label]++;
            }
        }

        return (positives, sizes);
    }
}

/// <summary>What is known of a case besides its sorted scores.</summary>
internal sealed record CaseTotals(
    string Id, int Index, ulong Negatives, ulong Positives, UInt128 Weight, int Regions, uint[] NegativeSample, ulong[] PositiveSample);
