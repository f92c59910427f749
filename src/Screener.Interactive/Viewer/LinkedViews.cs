using System.Text;
using static System.FormattableString;

namespace Screener.Interactive.Viewer;

/// <summary>
/// Several CTs or several maps of one, side by side: cross-hair, window and threshold of one are those of all. Each is named by its
/// <see cref="VolumeViewerOptions.Title"/>.
/// </summary>
/// <param name="Views">What is compared.</param>
public sealed record LinkedViews(params IReadOnlyList<VolumeView> Views)
{
    /// <summary>Whether they can be shown one after the other at one place, as twins are.</summary>
    public bool Blinks { get; init; }

    /// <summary>The HTML: all viewers, and the script once.</summary>
    internal string Html()
    {
        string name = ViewerScript.LinkedName;
        string blinks = Blinks ? " data-blinks=\"\"" : "";
        var html = new StringBuilder($"<{name} class=\"tex2jax_ignore mathjax_ignore\" style=\"display:block\" ");
        html.Append(Invariant($"data-count=\"{Views.Count}\"{blinks}>"));
        foreach (var view in Views)
            html.Append(VolumeViewer.Element(view));
        return html.Append(Invariant($"</{name}><script>{ViewerScript.Text}</script>")).ToString();
    }
}
