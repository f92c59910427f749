using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Evaluation;

/// <summary>
/// Compares the anomaly maps of any number of cases with their annotated lesions, one case at a time: AUROC, AUROC and
/// AUPRO up to a false-positive rate, over all voxels of all cases together (paper, section "Evaluation").
/// </summary>
/// <remarks>
/// <para>Voxels of equal score are found together, which the area counts as a straight line (ties are one half, as in scikit-learn);
/// between two thresholds the curve is a straight line, also where the limit cuts it. Sums are of whole numbers.</para>
/// <para>Up to <see cref="Capacity"/> different scores of each class, and for a case alone, the ranking is exact and has the same bits
/// whatever the order of the cases. Above, scores are counted by their leading bits (<see cref="ScoreCounts"/>). The areas then are the
/// middle between the most and the least that the exact ones can be, and <see cref="EvaluationResult.AreaBound"/> says how far that is:
/// less than 1e-6 at a limit of 0.3, also where cases have scores of their own each.</para>
/// <para>Positives are the lesion voxels in the region of evaluation, negatives all other voxels of that region. A lesion is
/// a connected region of the whole mask; if the region of evaluation cuts it, it stays one lesion of which only the voxels inside
/// count, and if none is inside it does not count. The AUPRO is the mean over lesions, each voxel counting 1 / (voxels of its
/// lesion).</para>
/// <para>Scores: -0 equals +0, +inf is the most and -inf the least anomalous, NaN in the region of evaluation is refused.
/// A constant map has AUROC 0.5 and limit / 2 for the two others. Without lesion, or without background, the metrics have no
/// value and the result says why; the same holds for each case alone.</para>
/// <para>Memory: 13 bytes for each different score of the background and 29 for each of the lesions, up to <see cref="Capacity"/> of each,
/// which is <see cref="MostBytes"/>, or as many as the first case has; per case its samples and at most 21 bytes x
/// <see cref="EvaluationOptions.IntervalBins"/>. While a case is added, 21 bytes for each of its voxels in the region. Not
/// thread-safe.</para>
/// </remarks>
public sealed class PooledEvaluation
{
    /// <summary>Most different scores of a class to count.</summary>
    internal const int Capacity = 6 << 20;

    /// <summary>Bytes that the counts take at most.</summary>
    internal const long MostBytes = (13 + 29) * (long)Capacity;

    private readonly EvaluationOptions _options;
    private readonly RandomStream _random;
    private readonly int _capacity;
    private readonly List<CountedCase> _cases = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private ScoreCounts _negatives = new(), _positives = new();

    /// <summary>Starts an evaluation without cases.</summary>
    /// <param name="options">What to compute.</param>
    /// <param name="random">Draws the samples and the bootstrap replicates.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public PooledEvaluation(EvaluationOptions options, RandomStream random)
        : this(options, random, Capacity)
    {
    }

    internal PooledEvaluation(EvaluationOptions options, RandomStream random, int capacity)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        (_options, _random, _capacity) = (options, random, capacity);
    }

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
    public void Add(
        string caseId, ReadOnlySpan<float> scores, ReadOnlySpan<byte> lesions, ReadOnlySpan<byte> region, VolumeShape shape)
    {
        ArgumentNullException.ThrowIfNull(caseId);
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
        var ranked = new RankedScores(scores, lesions, region, _options.ThreadCount);
        if (ranked.Nans > 0)
        {
            throw new ScoreMapException(
                caseId,
                $"{ranked.Nans} of {ranked.Negatives.Length + ranked.Positives.Length} scores in the region of evaluation are NaN",
                "a number everywhere (+inf and -inf are allowed)",
                "Screen the case again; if NaN remains, the model is damaged.");
        }

        var (positiveKeys, sizes) = GatherPositives(scores, region, runs, allRegions);
        var stream = _random.Fork("samples").Fork(caseId);
        var negativeSample = VoxelSample.Negatives(scores, lesions, region, ranked.Negatives.Length, _options.SamplesPerCase, stream);
        var positiveSample = VoxelSample.Positives(positiveKeys, _options.SamplesPerCase, stream);

        RadixSort.SortByHighHalf(positiveKeys, new ulong[positiveKeys.Length]);
        ScoreCounts negatives = ScoreCounts.Of(ranked.Negatives), positives = ScoreCounts.Of(positiveKeys, PooledMetrics.Weights(sizes));
        var undefined = PooledMetrics.Reason(negatives, positives);
        CurveAreas? areas = undefined is null ? CurveIntegral.Areas(negatives, positives, _options.FprLimit) : null;
        var metrics = new CaseMetrics(
            caseId, (long)positives.Voxels, (long)negatives.Voxels, sizes.Count(s => s > 0), areas?.Auroc, areas?.AurocAtLimit,
            areas?.AuproAtLimit, undefined);

        // Half as many counts of each class as thresholds: they lie as densely.
        int bins = _options.BootstrapReplicates == 0 ? 1 : _options.IntervalBins / 2;
        _cases.Add(new CountedCase(metrics, negatives.Coarse(bins), positives.Coarse(bins), negativeSample, positiveSample));
        _ids.Add(caseId);
        _negatives = _negatives.Add(negatives, _capacity, _options.FprLimit);
        _positives = _positives.Add(positives, _capacity);
    }

    /// <summary>Computes the metrics of all cases added.</summary>
    /// <param name="cancellation">Stops the computation.</param>
    public EvaluationResult Finish(CancellationToken cancellation = default)
    {
        CountedCase[] ordered = [.. _cases.OrderBy(c => c.Metrics.CaseId, StringComparer.Ordinal)];
        return new PooledMetrics(_options, _random, _negatives, _positives, ordered).Compute(cancellation);
    }

    private static (ulong[] KeysAndRegions, ulong[] RegionSizes) GatherPositives(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> region, List<VoxelRun> runs, int regions)
    {
        long total = 0;
        foreach (var run in runs)
            total += region.IsEmpty ? run.Length : run.Length - region.Slice(run.Start, run.Length).Count((byte)0);
        var positives = new ulong[total];
        var sizes = new ulong[regions];
        int count = 0;
        foreach (var run in runs)
        {
            for (int i = run.Start; i < run.Start + run.Length; i++)
            {
                if (!region.IsEmpty && region[i] == 0)
                    continue;
                positives[count++] = ((ulong)ScoreKey.FromScore(scores[i]) << 32) | (uint)run.Label;
                sizes[run.Label]++;
            }
        }

        return (positives, sizes);
    }
}

/// <summary>What is kept of a case.</summary>
/// <param name="Metrics">Its metrics alone.</param>
/// <param name="Negatives">Few counts, for the bootstrap.</param>
/// <param name="Positives">The same of lesion voxels.</param>
/// <param name="NegativeSample">Keys of some voxels.</param>
/// <param name="PositiveSample">Keys and regions of some lesion voxels.</param>
internal sealed record CountedCase(
    CaseMetrics Metrics, ScoreCounts Negatives, ScoreCounts Positives, uint[] NegativeSample, ulong[] PositiveSample);
