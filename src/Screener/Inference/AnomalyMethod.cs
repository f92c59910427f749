using Screener.Imaging;

namespace Screener.Inference;

/// <summary>
/// A way to make an anomaly map: CT and body in, map out. A model's density, an expert, a baseline, an ensemble: each is one class.
/// </summary>
public abstract class AnomalyMethod
{
    /// <summary>Its name in tables, files and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>True if its maps are calibrated: see <see cref="AnomalyMap.IsCalibrated"/>.</summary>
    public virtual bool IsCalibrated => false;

    /// <summary>Scores every voxel; the higher, the more anomalous. Only the order counts, unless the method says more.</summary>
    /// <param name="scan">The patient.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A map on the CT's grid, finite in the body; outside of it the least score of the body.</returns>
    public abstract AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default);
}
