using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Datasets.Layouts;

/// <summary>A label volume that belongs to a CT, brought to the CT's canonical grid.</summary>
internal static class PairedMask
{
    /// <summary>Reads it.</summary>
    /// <param name="file">A NIfTI, MetaImage or NRRD file, in a zip a NIfTI file.</param>
    /// <param name="stored">The grid of the CT as its file has it.</param>
    /// <param name="ct">The CT in canonical orientation.</param>
    /// <param name="pairing">Whether it must lie where the CT lies.</param>
    /// <param name="mayLieElsewhere">Whether its header is known to be wrong.</param>
    /// <param name="threads">Processor threads.</param>
    /// <param name="notes">What was assumed is added.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="ScreenerException">It is unreadable or lies elsewhere.</exception>
    internal static LabelVolume Read(
        RawFile file, VolumeGrid stored, CtVolume ct, MaskPairing pairing, bool mayLieElsewhere, int threads, List<string> notes,
        CancellationToken cancellation)
    {
        var mask = file.Entry is null
            ? VolumeFiles.ReadLabels(file.Path, null, cancellation)
            : NiftiVolumeReader.ReadLabels(file.Name, file.Open, file.Size, cancellation);
        if (pairing == MaskPairing.ByIndex && mask.Shape == stored.Shape && IsUnoriented(mask.Grid) && !IsUnoriented(stored))
        {
            // It says nothing of its axes, so that only the order of the voxels is left.
            mask = new LabelVolume(stored, mask.Voxels);
            notes.Add("The affine of the mask is an identity; it was paired with the CT by index, voxel by voxel.");
        }

        var labels = Reorientation.ToCanonical(mask, threads);
        bool samePlace = ct.Grid.Matches(labels.Grid);
        if (ct.Shape != labels.Shape || !(mayLieElsewhere || pairing == MaskPairing.ByIndex || samePlace))
        {
            throw new AnnotationException(
                file.Name, $"labels on a grid of {labels.Shape} voxels at {labels.Grid.Affine}",
                $"the CT's: {ct.Shape} at {ct.Grid.Affine}",
                ct.Shape == labels.Shape
                    ? "If you know that only the headers differ, pair masks by index."
                    : "They do not belong together, or one is damaged: fetch both again.");
        }

        if (!samePlace)
            notes.Add("The header of the mask puts it elsewhere than the CT; they were paired by index.");
        return labels;
    }

    private static bool IsUnoriented(VolumeGrid grid) =>
        grid.Affine is { M00: 1, M11: 1, M22: 1, M01: 0, M02: 0, M10: 0, M12: 0, M20: 0, M21: 0 };
}
