using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging.Resampling;
using Screener.Preprocessing;

namespace Screener.FineTuning;

/// <summary>What a prepared case holds.</summary>
/// <param name="HasLesion">A voxel that a lesion covers at least in part.</param>
/// <param name="HasOther">A voxel that no lesion covers as a whole.</param>
internal readonly record struct LabelledClasses(bool HasLesion, bool HasOther);

/// <summary>A CT as a network sees it, and the part of each voxel that lesions cover.</summary>
/// <param name="Image">Prepared.</param>
/// <param name="Lesions">On the same grid, 0 to 1.</param>
public sealed record LabelledVolume(PreparedVolume Image, PreparedVolume Lesions)
{
    internal LabelledClasses Classes => new(Lesions.Intensities.Any(l => l > 0), Lesions.Intensities.Any(l => l < 1));

    /// <summary>Prepares a case.</summary>
    /// <param name="labelled">The case.</param>
    /// <param name="options">How.</param>
    /// <param name="threads">Processor threads.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ScoreMapException">The lesions lie on another grid than the CT.</exception>
    public static LabelledVolume Of(
        AnnotatedCt labelled, PreprocessingOptions options, int threads, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        RequireGrid(labelled);
        var image = Preprocessor.Prepare(labelled.Ct, options, threads, null, cancellation);
        float[] mask = Array.ConvertAll(labelled.Lesions.Voxels, v => (float)v);
        float[] covered = GridResampler.Linear(mask, labelled.Lesions.Grid, image.Grid, 0, threads, cancellation);
        return new LabelledVolume(image, new PreparedVolume(image.Grid, covered, image.SourceGrid, image.Source, image.OptionsFingerprint));
    }

    /// <summary>Refuses cases of which a network learns nothing: no voxel of a lesion is left in any, or no other voxel.</summary>
    /// <param name="subject">What is learnt.</param>
    /// <param name="classes">Of each case.</param>
    /// <exception cref="OptionException">They are such cases.</exception>
    internal static void RequireBoth(string subject, IReadOnlyCollection<LabelledClasses> classes)
    {
        if (classes.Any(c => c.HasLesion) && classes.Any(c => c.HasOther))
            return;
        throw new OptionException(
            subject, classes.Count == 0 ? "none" : "one class in all of them", "labelled cases with lesions and without",
            "Look at the masks: lesions smaller than a prepared voxel may be lost.");
    }

    internal static void RequireGrid(AnnotatedCt labelled)
    {
        if (!labelled.Lesions.Grid.Matches(labelled.Ct.Grid))
            throw new ScoreMapException(
                labelled.Id, $"lesions on a grid of {labelled.Lesions.Shape} voxels at {labelled.Lesions.Grid.Affine}",
                $"the CT's: {labelled.Ct.Shape} at {labelled.Ct.Grid.Affine}", "They do not belong together: make or fetch both again.");
    }
}
