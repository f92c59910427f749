using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Screener.Interactive.Viewer;

/// <summary>The browser's side: one script that defines the element of a viewer, and that of linked viewers around it.</summary>
internal static class ViewerScript
{
    static ViewerScript()
    {
        string[] parts = [.. ((string[])["ThresholdCurves", "ReaderMarks", "LinkedViews"]).Select(p => PageScript.Read($"Viewer.{p}.js"))];
        string script = PageScript.Read("Viewer.VolumeViewer.js").Replace("__PARTS__", string.Join('\n', parts), StringComparison.Ordinal),
            style = PageScript.Read("Viewer.VolumeViewer.css");

        // Another version of the viewer in the same page is another element.
        ElementName = "screener-volume-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script + style)))[..8];
        Text = script.Replace("__NAME__", ElementName, StringComparison.Ordinal).Replace(
            "__CSS__", JsonSerializer.Serialize(style), StringComparison.Ordinal);
    }

    /// <summary>The element's name.</summary>
    internal static string ElementName { get; }

    /// <summary>The name of the element around linked viewers.</summary>
    internal static string LinkedName => ElementName + "-linked";

    /// <summary>The script. It draws every such element of the page once, however often it runs.</summary>
    internal static string Text { get; }
}
