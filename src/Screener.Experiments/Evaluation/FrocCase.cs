using Screener.Imaging;

namespace Screener.Evaluation;

/// <summary>What a scan adds to the free-response ROC.</summary>
/// <param name="Id">The scan.</param>
/// <param name="Lesions">
/// For each lesion of <see cref="FindingOptions.LeastVolumeMl"/> or more the highest peak of a finding that touches it; minus infinity if
/// none does.
/// </param>
/// <param name="False">The peaks of the findings that touch no lesion, however small.</param>
internal sealed record FrocCase(string Id, float[] Lesions, float[] False)
{
    internal static FrocCase Of(string id, AnomalyMap map, LesionMask lesions, BodyMask body, FindingOptions options)
    {
        double threshold = FindingRegions.Threshold(map, body, options);
        var (labels, sizes) = ConnectedComponents.LabelSized(lesions.Voxels, lesions.Shape, options.Connectivity);
        var peaks = new float[sizes.Length];
        Array.Fill(peaks, float.NegativeInfinity);
        var wrong = new List<float>();
        foreach (var region in FindingRegions.Of(map, body, threshold, options))
        {
            float peak = map.Voxels[region.Peak];
            bool hit = false;
            foreach (int label in region.LabelsIn(labels))
            {
                hit = true;
                peaks[label - 1] = Math.Max(peaks[label - 1], peak);
            }

            if (!hit)
                wrong.Add(peak);
        }

        double least = options.LeastVoxels(map.Grid);
        return new FrocCase(id, [.. peaks.Where((_, i) => sizes[i] >= least)], [.. wrong]);
    }
}
