using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Screener.Interactive.Charts;

/// <summary>
/// plotly.js, as Plotly.NET brings it. The first chart of a session carries it into the page, compressed; later charts use it there.
/// A chart whose page lost it (the cell that carried it was cleared) is a picture until some chart carries it again: the same chart does
/// when its cell runs again, and the next one does after <see cref="Embed"/>.
/// </summary>
public static class ChartLibrary
{
    private const string Resource = "Plotly.NET.plotly-" + Version + ".min.js";
    private const string Version = "2.28.0";

    private static readonly Lock Gate = new();
    private static readonly Lazy<string> Compressed = new(Compress);
    private static string? _carrier;

    /// <summary>The name by which the charts of a page share one copy.</summary>
    internal static string PageName { get; } = "screenerPlotly_" + Version.Replace('.', '_');

    /// <summary>The library, gzip and base64.</summary>
    internal static string Packed => Compressed.Value;

    /// <summary>Lets the next chart carry the library again, for a page that lost it.</summary>
    public static void Embed()
    {
        lock (Gate)
            _carrier = null;
    }

    /// <summary>
    /// True if this chart must carry the library: it is the session's first, or the one that carried it and is shown again.
    /// </summary>
    internal static bool IsCarriedBy(string chart)
    {
        string key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(chart)));
        lock (Gate)
        {
            _carrier ??= key;
            return _carrier == key;
        }
    }

    // The assembly is only a file here: none of its types is loaded, see PlotlyFigure.
    private static string Compress()
    {
        using var script = Assembly.Load("Plotly.NET").GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in Plotly.NET");
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            script.CopyTo(gzip);
        return Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }
}
