using System.Globalization;
using Screener.Evaluation;

namespace Screener.Reporting;

/// <summary>Names and lists as a reader reads them.</summary>
internal static class Words
{
    /// <summary>"RightLung" as "right lung".</summary>
    internal static string Of<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Where voxels are counted.</summary>
    internal static string Of(EvaluationScope scope) => scope == EvaluationScope.Body ? "over the body" : "within the organ";

    /// <summary>"150 x 180 x 200".</summary>
    internal static string Join<T>(IEnumerable<T> values)
        where T : IFormattable => string.Join(" x ", values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)));
}
