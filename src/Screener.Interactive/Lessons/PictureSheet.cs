using Screener.Reporting;
using Screener.Runtime;

namespace Screener.Interactive.Lessons;

/// <summary>Pictures side by side, each with its caption.</summary>
/// <param name="Title">What they show; may be empty.</param>
/// <param name="Pictures">The pictures.</param>
public sealed record PictureSheet(string Title, params IReadOnlyList<Picture> Pictures)
{
    /// <summary>How to read them; may be empty.</summary>
    public string Note { get; init; } = "";
}

/// <summary>Charts side by side.</summary>
/// <param name="Title">What they show; may be empty.</param>
/// <param name="Plots">The charts.</param>
public sealed record ChartSheet(string Title, params IReadOnlyList<LinePlot> Plots)
{
    /// <summary>How to read them; may be empty.</summary>
    public string Note { get; init; } = "";
}
