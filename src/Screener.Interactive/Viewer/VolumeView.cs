using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>A CT with what is to be seen on it: write it as a cell's last expression to look at them together.</summary>
/// <param name="Ct">The CT, in any orientation.</param>
/// <param name="Mask">Lesions to outline, on the CT's grid.</param>
/// <param name="Map">Scores to lay over the CT, on the CT's grid.</param>
/// <param name="Body">The patient, on the CT's grid: scores outside are not shown and do not set the colours.</param>
public sealed record VolumeView(CtVolume Ct, LesionMask? Mask = null, AnomalyMap? Map = null, BodyMask? Body = null)
{
    /// <summary>How it is shown.</summary>
    public VolumeViewerOptions Options { get; init; } = VolumeViewerOptions.Default;
}
