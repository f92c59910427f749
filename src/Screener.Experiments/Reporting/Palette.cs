namespace Screener.Reporting;

/// <summary>
/// The colours of pages and charts. Those of curves are Okabe and Ito's, which are told apart with any colour vision; dashes tell them
/// apart in print.
/// </summary>
internal static class Palette
{
    private const string
        LightPage = "--paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --shade: #0072b214;",
        DarkPage = "--paper: #14181d; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43; --shade: #56b4e922;";

    /// <summary>The colours of curves on light paper.</summary>
    internal static IReadOnlyList<string> Light { get; } =
        ["#0072b2", "#d55e00", "#009e73", "#cc5f9a", "#b07f00", "#3a9bdc", "#555555", "#8a939c"];

    /// <summary>The colours of curves on dark paper.</summary>
    internal static IReadOnlyList<string> Dark { get; } =
        ["#56b4e9", "#f28a3c", "#2cc79b", "#e58cbb", "#e6b93d", "#8fc8ff", "#bbbbbb", "#87919b"];

    /// <summary>Lengths of the dashes and gaps of curves, in pixels; none for a line.</summary>
    internal static IReadOnlyList<string> Dashes { get; } = ["", "8 3", "3 3", "10 3 2 3", "6 2 2 2 2 2", "14 4", "1 3", ""];

    /// <summary>The colours as variables of a style sheet, dark on screens where the reader prefers it.</summary>
    /// <param name="selector">Whose variables.</param>
    internal static string Variables(string selector) =>
        $"{selector} {{ {LightPage} {Curves(Light)} }}\n"
        + $"@media screen and (prefers-color-scheme: dark) {{ {selector} {{ {DarkPage} {Curves(Dark)} }} }}\n";

    /// <summary>The rules of what <see cref="ChartSvg"/> draws.</summary>
    internal static string ChartRules { get; } = """
        .chart text { fill: var(--soft); font-size: 12px; } .chart text.label, .chart text.name { fill: var(--ink); }
        .chart text.name { font-size: 13px; font-weight: 600; }
        .grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; }
        .chance { stroke: var(--c7); stroke-dasharray: 2 4; fill: none; } .shade { fill: var(--shade); }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .interval { stroke-width: 2.5; fill: none; opacity: .55; }
        .ring { fill: none; stroke-width: 2; } .paper { stroke: var(--c1); stroke-width: 2.5; }

        """ + string.Join('\n', Dashes.Select((dash, i) =>
            $".c{i} {{ stroke: var(--c{i}); }}{(dash.Length > 0 ? $" .curve.c{i} {{ stroke-dasharray: {dash}; }}" : "")}"))
        + "\n.dot { stroke: none; } .dot.c0 { fill: var(--c0); } .dot.c7 { fill: var(--c7); }\n";

    private static string Curves(IReadOnlyList<string> colors) => string.Join(' ', colors.Select((color, i) => $"--c{i}: {color};"));
}
