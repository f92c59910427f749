using System.Runtime.InteropServices;
using Screener.Datasets;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Storage;

namespace Screener.Ablations;

/// <summary>What the evaluation of a case needs besides scores, on the CT's own grid.</summary>
/// <param name="Body">The body.</param>
/// <param name="Lesions">The lesions.</param>
/// <param name="Organ">The affected organ inside the body; null if it is not known.</param>
internal sealed record CaseMasks(BodyMask Body, LesionMask Lesions, BodyMask? Organ)
{
    private const int BodyBit = 1, LesionBit = 2, OrganBit = 4;

    private const string Again = "Start again: they are made anew.";

    private static readonly FrameKind Kind = new("SCRNMSK1", "masks of a case", Again, Again);

    /// <summary>Makes the masks of a case as <see cref="CohortEvaluation"/> does.</summary>
    internal static CaseMasks Of(AnnotatedCt annotated, int threads, CancellationToken cancellation)
    {
        var body = BodyMaskFinder.Find(annotated.Ct, BodyMaskOptions.Default, threads, cancellation);
        return new CaseMasks(body, annotated.Lesions, annotated.Organ is null ? null : CohortEvaluation.Within(annotated.Organ, body));
    }

    /// <summary>Writes them as runs, a few kilobytes to a few hundred.</summary>
    internal void Write(string path, string stamp)
    {
        var flags = new byte[Body.Voxels.Length];
        for (int i = 0; i < flags.Length; i++)
            flags[i] =
                (byte)((Body.Voxels[i] != 0 ? BodyBit : 0) | (Lesions.Voxels[i] != 0 ? LesionBit : 0)
                    | (Organ is not null && Organ.Voxels[i] != 0 ? OrganBit : 0));
        var runs = LabelRuns.Of(flags);
        FramedFile.Write(
            path, Kind, new Header(stamp, Body.Grid, Organ is not null),
            sink => sink.Append(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(runs))));
    }

    /// <summary>True if the file is whole and of this stamp.</summary>
    internal static bool Stands(string path, string stamp)
    {
        using var file = FramedFile.OpenWhole<Header>(path, Kind);
        return file?.Header.Stamp == stamp;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="Errors.MissingInputException">It is not there any more.</exception>
    internal static CaseMasks Read(string path)
    {
        using var file = FramedFile.OpenWhole<Header>(path, Kind)
            ?? throw new Errors.MissingInputException(path, "no whole file", "the masks that this run wrote", Again);
        var runs = new LabelRun[file.Length / Marshal.SizeOf<LabelRun>()];
        file.Read(MemoryMarshal.AsBytes(runs.AsSpan()), 0);
        long end = 0;
        foreach (var (start, count, _) in runs)
            end = start >= end && count >= 0 ? (long)start + count : long.MaxValue;
        if (end > file.Header.Grid.Shape.VoxelCount)
            throw file.Damaged("runs beyond the volume");
        int length = file.Header.Grid.Shape.CheckedLength();
        byte[] body = new byte[length], lesions = new byte[length], organ = file.Header.HasOrgan ? new byte[length] : [];
        foreach (var (start, count, label) in runs)
        {
            if ((label & BodyBit) != 0)
                body.AsSpan(start, count).Fill(1);
            if ((label & LesionBit) != 0)
                lesions.AsSpan(start, count).Fill(1);
            if ((label & OrganBit) != 0)
                organ.AsSpan(start, count).Fill(1);
        }

        var grid = file.Header.Grid;
        return new CaseMasks(
            new BodyMask(grid, body), new LesionMask(grid, lesions), file.Header.HasOrgan ? new BodyMask(grid, organ) : null);
    }

    private sealed record Header(string Stamp, VolumeGrid Grid, bool HasOrgan);
}
