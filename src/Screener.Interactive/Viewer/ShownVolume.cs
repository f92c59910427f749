using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>All that is shown but the CT's voxels, whose number depends on the room that this leaves.</summary>
internal sealed class ShownVolume
{
    internal ShownVolume(VolumeView view)
    {
        View = view;
        var options = view.Options;
        Parallel.Invoke(
            new ParallelOptions { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads },
            () => Scores = view.Map is null ? null : ShownScores.Of(view.Map, view.Body, options),
            () => Mask = view.Mask is null ? null : ShownMask.Of(view.Mask, options));
        At = options.Start ?? Mask?.Largest ?? Scores?.Highest ?? SlicePosition.Middle(view.Ct.Grid);
        Window = options.Window ?? MapPicture.WindowAt(view.Ct, At);
        Still = Convert.ToBase64String(PngImage.Encode(StillPicture.Draw(this)));
    }

    internal VolumeView View { get; }

    /// <summary>Null if there is no map, or no finite score in it.</summary>
    internal ShownScores? Scores { get; private set; }

    /// <summary>Null if there is no mask, or nothing in it.</summary>
    internal ShownMask? Mask { get; private set; }

    /// <summary>The CT's voxel at the crosshair, in canonical indices.</summary>
    internal SlicePosition At { get; }

    /// <summary>The grey scale at the start.</summary>
    internal WindowPreset Window { get; }

    /// <summary>The picture for where scripts are blocked: a PNG file in base64.</summary>
    internal string Still { get; }

    /// <summary>How many characters of the page all this takes, generously.</summary>
    internal int TextLength => Still.Length + (Scores?.Layer.TextLength ?? 0) + (Mask?.Layer.TextLength ?? 0) + ViewerScript.Text.Length
        + (12 * (View.Ct.Source.Length + (2 * View.Options.Title.Length) + (View.Options.Window?.Name.Length ?? 0))) + 8192;
}
