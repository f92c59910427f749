using Screener.Imaging;
using Screener.Inference;

namespace Screener.Tests.Extensions;

/// <summary>The brighter, the more anomalous.</summary>
public sealed class BrightnessMethod : AnomalyMethod
{
    public override string Name => "brightness";

    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        float[] scores = [.. scan.Ct.Voxels];
        float least = scores.Where((_, i) => scan.Body.Voxels[i] != 0).Min();
        for (int i = 0; i < scores.Length; i++)
            scores[i] = scan.Body.Voxels[i] == 0 ? least : scores[i];
        return new AnomalyMap(scan.Ct.Grid, scores);
    }
}
