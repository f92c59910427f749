namespace Screener.Evaluation;

/// <summary>
/// Walks down the threshold and adds up the areas under the ROC and the PRO curve, exactly: counts and weights are whole
/// numbers, so the sum does not depend on the order in which voxels came.
/// </summary>
/// <remarks>
/// Voxels of one score are found together: the curve goes straight from the point before to the point after them
/// (a trapezoid), which counts ties as one half, as scikit-learn does. At the limit the curve is interpolated on that line.
/// </remarks>
internal sealed class CurveIntegral
{
    /// <summary>
    /// The weight of a whole region. A voxel of a region of n voxels has 1/n of it, rounded down: off by less than n / 2^56.
    /// </summary>
    internal const int RegionWeightBits = 56;

    private readonly ulong _negatives, _positives;
    private readonly UInt128 _weight;
    private readonly double _fprLimit, _limit;
    private readonly CurveThinner? _thinner;
    private ulong _fp, _tp, _pending;
    private uint _pendingKey;
    private UInt128 _found, _rocArea2, _proArea2;
    private double _limitedRoc2 = double.NaN, _limitedPro2 = double.NaN;

    private CurveIntegral(ulong negatives, ulong positives, UInt128 weight, double fprLimit, CurveThinner? thinner = null)
    {
        (_negatives, _positives, _weight, _fprLimit, _thinner) = (negatives, positives, weight, fprLimit, thinner);
        _limit = fprLimit * negatives;
        thinner?.Add(0, 0, 0, 0, isEnd: true);
    }

    /// <summary>The areas of voxels that are counted, each at the last key of its range.</summary>
    internal static CurveAreas Areas(ScoreCounts negatives, ScoreCounts positives, double fprLimit, CurveThinner? thinner = null)
    {
        var integral = new CurveIntegral(negatives.Voxels, positives.Voxels, positives.Weight, fprLimit, thinner);
        ScoreCounts.Walk(negatives, positives, integral);
        return integral.Finish();
    }

    /// <summary>
    /// The next <paramref name="count"/> voxels, all negative; <paramref name="lastKey"/> is the key of the last of them.
    /// </summary>
    internal void Negatives(ulong count, uint lastKey)
    {
        // A stretch without positives is one horizontal line, however many scores it holds.
        _pending += count;
        _pendingKey = lastKey;
    }

    /// <summary>The voxels of one key, at least one of them positive.</summary>
    internal void Step(uint key, ulong negatives, ulong positives, UInt128 weight)
    {
        if (_pending > 0)
            FlushPending();
        Segment(key, negatives, positives, weight);
    }

    private CurveAreas Finish()
    {
        if (_pending > 0)
            FlushPending();
        if (_fp != _negatives || _tp != _positives || _found != _weight)
            throw new InvalidOperationException("The voxels of the curve do not add up to the totals it was started with.");
        if (double.IsNaN(_limitedRoc2))
            (_limitedRoc2, _limitedPro2) = ((double)_rocArea2, (double)_proArea2);
        _thinner?.Finish();
        double width = 2.0 * _negatives;
        return new(
            (double)_rocArea2 / (width * _positives),
            _limitedRoc2 / (width * _positives * _fprLimit),
            _limitedPro2 / (width * (double)_weight * _fprLimit));
    }

    private void FlushPending()
    {
        ulong pending = _pending;
        _pending = 0;
        Segment(_pendingKey, pending, 0, 0);
    }

    private void Segment(uint key, ulong negatives, ulong positives, UInt128 weight)
    {
        if (negatives > 0)
        {
            if (double.IsNaN(_limitedRoc2) && _fp + negatives > _limit)
            {
                double width = _limit - _fp, part = width / negatives;
                _limitedRoc2 = (double)_rocArea2 + (width * ((2.0 * _tp) + (part * positives)));
                _limitedPro2 = (double)_proArea2 + (width * ((2.0 * (double)_found) + (part * (double)weight)));
            }

            _rocArea2 += (UInt128)negatives * ((2 * (UInt128)_tp) + positives);
            _proArea2 += negatives * ((2 * _found) + weight);
        }

        _fp += negatives;
        _tp += positives;
        _found += weight;
        _thinner?.Add((double)_fp / _negatives, (double)_tp / _positives, (double)_found / (double)_weight, key, isEnd: false);
    }
}

/// <summary>The three metrics: areas under curves, each divided by its width; NaN where a class is empty.</summary>
internal readonly record struct CurveAreas(double Auroc, double AurocAtLimit, double AuproAtLimit);
