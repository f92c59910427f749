using System.Globalization;
using System.Text.RegularExpressions;
using Screener.Evaluation;
using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>Names and lists as a reader reads them.</summary>
internal static partial class Words
{
    /// <summary>"RightLung" as "right lung".</summary>
    internal static string Of<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Where voxels are counted.</summary>
    internal static string Of(EvaluationScope scope) => scope == EvaluationScope.Body ? "over the body" : "within the organ";

    /// <summary>What a map's scores are.</summary>
    internal static string UnitOf(AnomalyMap map) => map.IsCalibrated ? "-log10 of how rare" : "nats";

    /// <summary>A place in the patient as a radiologist writes it, without a sign: "R 57.7 P 130.6 I 522.2".</summary>
    internal static string Place(double x, double y, double z) => FormattableString.Invariant(
        $"{(x < 0 ? 'L' : 'R')} {Math.Abs(x):0.0} {(y < 0 ? 'P' : 'A')} {Math.Abs(y):0.0} {(z < 0 ? 'I' : 'S')} {Math.Abs(z):0.0}");

    /// <summary>A text for readers: minus and times as they are printed, not as they are typed.</summary>
    internal static string Signs(string text) => Times().Replace(Minus().Replace(text, "\u2212"), " \u00d7 ");

    // Not within a word, a date or a file's name.
    [GeneratedRegex(@"(?<![\w.,/\-])-(?=\.?\d)")]
    private static partial Regex Minus();

    [GeneratedRegex(@"(?<=\d(?: channels)?) x (?=\d)")]
    private static partial Regex Times();

    /// <summary>"150 x 180 x 200".</summary>
    internal static string Join<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(" x ", values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)));
}
