using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Interactive.Viewer;

/// <summary>What the script reads. All indices are canonical, axes in the order D, H, W.</summary>
internal sealed record ViewerData
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Shown in bold.</summary>
    public required string Title { get; init; }

    /// <summary>What is shown and how exactly.</summary>
    public required string About { get; init; }

    /// <summary>Millimetres between the CT's blocks.</summary>
    public required double[] Mm { get; init; }

    /// <summary>Three rows of four: (w, h, d, 1) to x, y, z in mm.</summary>
    public required double[] Affine { get; init; }

    /// <summary>The CT's block at the crosshair.</summary>
    public required int[] Start { get; init; }

    /// <summary>Level and width.</summary>
    public required double[] Window { get; init; }

    /// <summary>Name, level and width of each preset.</summary>
    public required object[][] Windows { get; init; }

    /// <summary>The CT.</summary>
    public required LayerData Ct { get; init; }

    /// <summary>The anomaly map.</summary>
    public ScoreData? Map { get; init; }

    /// <summary>The lesions.</summary>
    public MaskData? Mask { get; init; }

    /// <summary>JSON in which nothing can end a script element.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>A packed volume.</summary>
    internal record LayerData(int[] Shape, double[][]? Segments, byte[][] Data)
    {
        internal LayerData(ShownLayer layer, LevelTable? table)
            : this(Axes(layer.Grid.Canonical.Shape), table is null ? null : [.. table.Segments.Select(s => new[] { s.Start, s.Step, s.Count })], layer.Streams)
        {
        }
    }

    /// <summary>The anomaly map: its colours, 256 times red, green and blue.</summary>
    internal sealed record ScoreData(ShownScores Scores, byte[] Colors, double Threshold, double Opacity) : LayerData(Scores.Layer, Scores.Table)
    {
        public double Low => Scores.Range.Low;

        public double High => Scores.Range.High;

        [JsonIgnore]
        public ShownScores Scores { get; } = Scores;
    }

    /// <summary>The lesions.</summary>
    internal sealed record MaskData(ShownMask Lesions, string Color) : LayerData(Lesions.Layer, null)
    {
        [JsonIgnore]
        public ShownMask Lesions { get; } = Lesions;
    }

    internal static int[] Axes(VolumeShape shape) => [shape.Depth, shape.Height, shape.Width];

    internal static int[] Axes(SlicePosition at) => [at.Depth, at.Height, at.Width];

    internal static byte[] Palette(ColorMap colors) =>
        [.. Enumerable.Range(0, 256).Select(i => colors[i / 255.0]).SelectMany(c => new[] { c.R, c.G, c.B })];
}
