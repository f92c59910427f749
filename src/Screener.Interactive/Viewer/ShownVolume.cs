using Screener.Imaging;
using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Interactive.Viewer;

/// <summary>All that is shown but the CT's voxels, whose number depends on the room that this leaves.</summary>
internal sealed class ShownVolume
{
    internal ShownVolume(VolumeView view)
    {
        View = view;
        var options = view.Options;
        Parallel.Invoke(
            ThreadCounts.Parallel(options.Threads),
            () => Scores = view.Map is null ? null : ShownScores.Of(view.Map, view.Body, options),
            () => Mask = view.Mask is null ? null : ShownMask.Of(view.Mask, options),
            () => Labels = view.Labels is null ? null : ShownLabels.Of(view.Labels, options));
        Sweep = view.Curves && Scores is not null ? ThresholdSweep.Of(view, Scores.Table) : null;
        var middle = SlicePosition.Middle(view.Ct.Grid);
        At = options.Start ?? (view.HiddenUntilMarked ? middle : Mask?.Largest ?? HighestFinding(view) ?? Scores?.Highest ?? middle);
        Window = options.Window ?? MapPicture.WindowAt(view.Ct, At);
        Still = StillPicture.Html(this);
    }

    internal VolumeView View { get; }

    private static SlicePosition? HighestFinding(VolumeView view)
    {
        if (view.Findings is not { List: [var highest, ..] })
            return null;
        var grid = Reorientation.From(view.Ct.Grid.Affine).Apply(view.Ct.Grid);
        var (w, h, d) = grid.Affine.Inverse().ToWorld(highest.Z, highest.Y, highest.X);
        static int Voxel(double place, int count) => Math.Clamp((int)Math.Round(place), 0, count - 1);
        return new(Voxel(d, grid.Shape.Depth), Voxel(h, grid.Shape.Height), Voxel(w, grid.Shape.Width));
    }

    /// <summary>Null if there is no map, or no finite score in it.</summary>
    internal ShownScores? Scores { get; private set; }

    /// <summary>Null if there is no mask, or nothing in it.</summary>
    internal ShownMask? Mask { get; private set; }

    /// <summary>Null if there are no labels.</summary>
    internal ShownLabels? Labels { get; private set; }

    /// <summary>What each threshold finds; null if it is not asked for or there is nothing to find.</summary>
    internal ThresholdSweep? Sweep { get; }

    /// <summary>Lower scores are not coloured at the start.</summary>
    internal double Threshold => View.Options.Threshold ?? Sweep?.Start ?? Scores!.Range.Low;

    /// <summary>The CT's voxel at the crosshair, in canonical indices.</summary>
    internal SlicePosition At { get; }

    /// <summary>The grey scale at the start.</summary>
    internal WindowPreset Window { get; }

    /// <summary>The figure for where scripts are blocked, without its caption.</summary>
    internal string Still { get; }

    /// <summary>How many characters of the page all this takes, generously.</summary>
    internal int TextLength => Still.Length + (Scores?.Layer.TextLength ?? 0) + (Mask?.Layer.TextLength ?? 0)
        + (Labels?.Layer.TextLength ?? 0) + ViewerScript.Text.Length + ((View.Findings?.List.Count ?? 0) * 400)
        + ((View.Labels?.Names.Count ?? 0) * 60) + (Sweep is null ? 0 : 12_000)
        + (12 * (View.Ct.Source.Length + (2 * View.Options.Title.Length) + (View.Options.Window?.Name.Length ?? 0))) + 8192;
}
