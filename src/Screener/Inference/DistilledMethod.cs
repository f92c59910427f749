using Screener.Imaging;

namespace Screener.Inference;

/// <summary>A distilled network's map, in the unit of the map that it learnt: -log10 of how rare.</summary>
public sealed class DistilledMethod : AnomalyMethod
{
    /// <summary>The name.</summary>
    public const string MethodName = "distilled";

    private readonly LesionMethod _network;
    private readonly TailTable _tails;

    /// <param name="distilled">The network and its calibration; the caller owns it.</param>
    /// <param name="overlap">How much of a window the next one covers again.</param>
    public DistilledMethod(Distilled distilled, double overlap)
    {
        ArgumentNullException.ThrowIfNull(distilled);
        (_network, _tails) = (new LesionMethod([distilled.Network], overlap), distilled.Tails);
    }

    /// <inheritdoc/>
    public override string Name => MethodName;

    /// <inheritdoc/>
    public override bool IsCalibrated => true;

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        float[] scores = _network.Map(scan, progress, cancellation).Voxels;
        for (int i = 0; i < scores.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (scan.Body.Voxels[i] != 0)
                scores[i] = _tails.At(scores[i]);
        }

        OutsideOfBody.FillWithLeast(scores, scan.Body);
        return new AnomalyMap(scan.Ct.Grid, scores) { IsCalibrated = true };
    }
}
