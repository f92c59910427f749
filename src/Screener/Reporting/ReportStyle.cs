namespace Screener.Reporting;

/// <summary>
/// The report's style sheet. Curve colours are Okabe and Ito's, which are told apart with any colour vision; dashes tell them apart in
/// print.
/// </summary>
internal static class ReportStyle
{
    internal const string Css = """
        :root { --paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --fill: #f4f6f8; --shade: #0072b214;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc5f9a; --c4: #b07f00; --c5: #3a9bdc; --c6: #555; --c7: #8a939c; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43; --fill: #1d2329;
            --shade: #56b4e922;
          --c0: #56b4e9; --c1: #f28a3c; --c2: #2cc79b; --c3: #e58cbb; --c4: #e6b93d; --c5: #8fc8ff; --c6: #bbb; --c7: #87919b; } }
        @media print { :root { --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --fill: #f4f4f4; --shade: #0072b214;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc5f9a; --c4: #b07f00; --c5: #3a9bdc; --c6: #555; --c7: #8a939c; }
          figure, tbody, dl > div { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; }
          body { font-size: 10pt; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        main { max-width: 1200px; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
        section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.2rem; }
        p { max-width: 75ch; margin: 0 0 1rem; } .summary { font-size: 1.05rem; color: var(--soft); }
        .row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 1rem 1.5rem; }
        .row figure { max-width: 560px; }
        figure { margin: 0; } figcaption { color: var(--soft); font-size: .9rem; }
        .row figcaption { color: var(--ink); font-weight: 600; margin-bottom: .25rem; }
        .gallery { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }
        .gallery figure { display: table; } .gallery figcaption { display: table-caption; caption-side: bottom; padding-top: .35rem; }
        .gallery img { display: block; max-width: 100%; height: auto; background: #000; border-radius: 3px; }
        .scroll { overflow-x: auto; margin: .5rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .88rem; }
        th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
        thead th { text-align: center; color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal; }
        tbody th, thead tr:first-child th:first-child { text-align: left; font-weight: 500; }
        td.text, th.text { white-space: normal; text-align: left; min-width: 12rem; }
        th.cohort { background: var(--fill); font-weight: 700; } tr.baseline { color: var(--soft); } td.best { font-weight: 700; }
        th.block, td.block { border-left: 1px solid var(--line); }
        td small { display: block; color: var(--soft); font-weight: 400; font-size: .78rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 0 2rem; margin: 0; }
        dl > div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--line); padding: .25rem 0; }
        dt { color: var(--soft); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; margin: .3rem 0 1rem; }
        .legend span { display: inline-flex; align-items: center; gap: .4rem; }
        .mark { height: 14px; width: auto; } .chart { width: 100%; height: auto; display: block; }
        .chart text { fill: var(--soft); font-size: 12px; } .chart text.label { fill: var(--ink); }
        .grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; }
        .chance { stroke: var(--c7); stroke-dasharray: 2 4; fill: none; } .shade { fill: var(--shade); }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .interval { stroke-width: 2.5; fill: none; opacity: .55; }
        .ring { fill: var(--paper); stroke-width: 2; } .paper { stroke: var(--c1); stroke-width: 2.5; }
        .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); stroke-dasharray: 8 3; } .c2 { stroke: var(--c2); stroke-dasharray: 3 3; }
        .c3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
        .c4 { stroke: var(--c4); stroke-dasharray: 6 2 2 2 2 2; } .c5 { stroke: var(--c5); stroke-dasharray: 14 4; }
        .c6 { stroke: var(--c6); stroke-dasharray: 1 3; } .c7 { stroke: var(--c7); }
        .dot { stroke: none; } .dot.c0 { fill: var(--c0); } .dot.c7 { fill: var(--c7); }
        footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; }
        """;
}
