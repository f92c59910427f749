using Screener.HuBaselines;
using Screener.Imaging;

namespace Screener.Inference;

/// <summary>How likely a HU is, at this place of the body if the baseline looks at places: minus log-probability, nats.</summary>
/// <param name="name">"HU" or "HU + position".</param>
/// <param name="baseline">What was fitted.</param>
public sealed class HuMethod(string name, HuBaseline baseline) : AnomalyMethod
{
    /// <summary>The name of the one that looks at HU alone.</summary>
    public const string HuOnlyName = "HU";

    /// <summary>The name of the one that looks at HU and place.</summary>
    public const string HuAndPositionName = "HU + position";

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        baseline.Score(scan.Ct, scan.Body, scan.Compute.ThreadCount, cancellation);
}
