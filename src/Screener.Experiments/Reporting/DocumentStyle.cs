namespace Screener.Reporting;

/// <summary>The style of documents.</summary>
internal static class DocumentStyle
{
    /// <summary>
    /// What pages and notebooks' cells have in common: it takes the text's colour from around it and has no background, so that it fits
    /// every theme. Selectors are strong enough to beat a notebook's own rules for tables.
    /// </summary>
    internal static string Parts { get; } = """
        .screener.screener { --line: rgba(128,128,128,.35); --fill: rgba(128,128,128,.1); --bar: #2f86c8;
            font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: inherit; background: none; max-width: 1100px;
            margin: .3em 0; overflow-wrap: anywhere; }
        .screener.screener h4 { font-size: 15px; font-weight: 600; line-height: 1.3; margin: 0 0 .4em; padding: 0; color: inherit; }
        .screener.screener h1 small, .screener.screener h4 small { font-size: 13px; font-weight: 400; opacity: .75; margin-left: .5em;
            color: inherit; }
        .screener.screener h5 { font-size: 13.5px; font-weight: 600; margin: .9em 0 .3em; color: inherit; }
        .screener.screener p { margin: .4em 0; max-width: 80ch; font-size: 13px; opacity: .8; }
        .screener.screener .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 0 2em;
            margin: .3em 0; padding: 0; }
        .screener.screener .facts > div { display: flex; justify-content: space-between; gap: 1em; border-bottom: 1px solid var(--line);
            padding: .15em 0; margin: 0; }
        .screener.screener .facts span { opacity: .75; flex: none; }
        .screener.screener .facts b { font-weight: 500; text-align: right; font-variant-numeric: tabular-nums; min-width: 0; }
        .screener.screener .scroll { overflow-x: auto; margin: .4em 0; }
        .screener.screener table { border-collapse: collapse; border: 0; margin: 0; width: auto; font-size: 13px;
            font-variant-numeric: tabular-nums; color: inherit; background: none; table-layout: auto; }
        .screener.screener caption { caption-side: top; text-align: left; font-size: 13px; padding: 0 0 .2em; color: inherit; opacity: .8; }
        .screener.screener tr, .screener.screener tr:nth-child(even), .screener.screener tr:nth-child(odd),
            .screener.screener tr:hover { background: none; }
        .screener.screener th, .screener.screener td { padding: .2em .7em; border: 0; border-bottom: 1px solid var(--line);
            text-align: left; vertical-align: top; white-space: normal; color: inherit; background: none; max-width: 60ch;
            overflow-wrap: break-word; }
        .screener.screener th { font-weight: 600; } .screener.screener tbody th { font-weight: 500; }
        .screener.screener thead th { border-bottom-width: 2px; vertical-align: bottom; }
        .screener.screener .number { text-align: right; }
        .screener.screener td.number, .screener.screener table.grouped td:first-child { white-space: nowrap; }
        .screener.screener tr.marked td, .screener.screener tr.marked th { font-weight: 650; background: var(--fill); }
        .screener.screener tr.pale { opacity: .7; } .screener.screener td.best { font-weight: 700; }
        .screener.screener .start { border-left: 1px solid var(--line); }
        .screener.screener tr.groups th { text-align: center; border-bottom: 1px solid var(--line); }
        .screener.screener tr.groups th + th { border-left: 1px solid var(--line); }
        .screener.screener td small { display: block; font-size: 11.5px; font-weight: 400; opacity: .7; }
        .screener.screener .swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .5em; }
        .screener.screener table.dense th, .screener.screener table.dense td { padding: .2em .35em; }
        .screener.screener table.dense.grouped td:first-child { white-space: normal; }
        .screener.screener table.dense td small { font-size: 10.5px; }
        .screener.screener details { margin: .4em 0; } .screener.screener summary { cursor: pointer; font-size: 13px; opacity: .85; }
        .screener.screener .row { display: flex; flex-wrap: wrap; gap: .8em 1.2em; align-items: flex-start; margin: .4em 0; }
        .screener.screener figure { margin: 0; padding: 0; max-width: 100%; }
        .screener.screener figcaption { font-size: 12.5px; padding-top: .25em; opacity: .8; text-align: left; }
        .screener.screener .bar { height: 6px; border-radius: 3px; background: var(--line); max-width: 480px; overflow: hidden;
            margin: .4em 0; } .screener.screener .bar i { display: block; height: 100%; background: var(--bar); }
        .screener.screener pre { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; margin: .4em 0; padding: 0; border: 0;
            background: none; color: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
        .screener.screener img { display: block; max-width: 100%; height: auto; margin: 0; border-radius: 3px; }

        """;

    /// <summary>The style sheet of a page.</summary>
    internal static string Page { get; } = Palette.Variables(":root") + Parts + """
        body { margin: 0; background: var(--paper); color: var(--ink); }
        main.screener.screener { max-width: 1200px; margin: 0 auto; padding: 2rem 1.5rem 3rem; font-size: 15px; }
        main.screener h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
        main.screener h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
        main.screener.screener p, main.screener.screener table { font-size: 14px; } main.screener.screener h1 + p { font-size: 16px; }
        main.screener section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.2rem; }
        main.screener footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 13px; opacity: .8; }
        .chart { max-width: 100%; height: auto; display: block; }
        @media print { body { font-size: 10pt; } .screener.screener .scroll { overflow: visible; } figure, svg, tr { break-inside: avoid; }
            h2 { break-after: avoid; } }

        """ + Palette.ChartRules;
}
