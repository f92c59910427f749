using System.Runtime.InteropServices;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Storage;

namespace Screener.Evaluation;

/// <summary>Maps that parts of an evaluation made, a file each, under names that say what they were made of.</summary>
/// <param name="folder">Where they are.</param>
internal sealed class KeptMaps(string folder)
{
    private const string Again = "Run its part again.";

    private static readonly FrameKind Kind = new("SCREENER MAP 1\n", "a kept map of an evaluation", Again, Again);

    /// <summary>The file of a case's map.</summary>
    internal string FileOf(IAnnotatedCohort cohort, int index, string method) => Path.Combine(
        folder, ContentKey.Of(new { cohort.Name, key = cohort.KeyOf(index), id = cohort.CaseIds[index], method }) + ".map");

    /// <summary>True if the file is whole.</summary>
    internal static bool IsWhole(string file)
    {
        using var map = FramedFile.OpenWhole<Header>(file, Kind);
        return map is not null;
    }

    /// <summary>Keeps a map's scores in the body.</summary>
    internal static void Write(string file, AnomalyMap map, BodyMask body)
    {
        var scores = new float[body.Count];
        for (int i = 0, k = 0; i < map.Voxels.Length; i++)
        {
            if (body.Voxels[i] != 0)
                scores[k++] = map.Voxels[i];
        }

        FramedFile.Write(
            file, Kind, new Header(map.IsCalibrated, scores.Length), sink => sink.Append(MemoryMarshal.AsBytes(scores.AsSpan())));
    }

    /// <summary>A map that was kept.</summary>
    /// <exception cref="MissingInputException">It is not there.</exception>
    /// <exception cref="VolumeFormatException">It is damaged, or of another body.</exception>
    internal static AnomalyMap Read(string file, PatientScan scan, CancellationToken cancellation)
    {
        using var kept = FramedFile.Open<Header>(file, Kind);
        var body = scan.Body;
        if (kept.Header.Voxels != body.Count)
            throw kept.Damaged($"{kept.Header.Voxels} scores for a body of {body.Count} voxels");
        kept.RequireLength(sizeof(float) * kept.Header.Voxels);
        var scores = new float[kept.Header.Voxels];
        kept.ReadAll((bytes, at) => bytes.Span.CopyTo(MemoryMarshal.AsBytes(scores.AsSpan())[(int)at..]), cancellation);
        var voxels = new float[body.Voxels.Length];
        for (int i = 0, k = 0; i < voxels.Length; i++)
        {
            if (body.Voxels[i] != 0)
                voxels[i] = scores[k++];
        }

        OutsideOfBody.FillWithLeast(voxels, body);
        return new AnomalyMap(body.Grid, voxels) { IsCalibrated = kept.Header.IsCalibrated };
    }

    private sealed record Header(bool IsCalibrated, long Voxels);
}
