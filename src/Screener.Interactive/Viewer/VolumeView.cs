using Screener.Evaluation;
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
    /// <summary>
    /// Whether ROC, PRO and FROC of this scan stand below, tied to the map's threshold, and what is found and what is false is told apart
    /// by colours. Needs lesions, a map and a body.
    /// </summary>
    public bool Curves { get; init; }

    /// <summary>What the cross-hair says it is in, on the CT's grid: labels that have names.</summary>
    public LabelVolume? Labels { get; init; }

    /// <summary>What the labels say, as the title of a column.</summary>
    public string LabelsTitle { get; init; } = "organ";

    /// <summary>Findings listed below; a click on one moves the cross-hair there.</summary>
    public Findings? Findings { get; init; }

    /// <summary>
    /// Whether lesions, map and labels are hidden until the reader has marked where a lesion is and asks for them; the marks then stand
    /// beside the map's highest place.
    /// </summary>
    public bool HiddenUntilMarked { get; init; }

    /// <summary>How it is shown.</summary>
    public VolumeViewerOptions Options { get; init; } = VolumeViewerOptions.Default;
}
