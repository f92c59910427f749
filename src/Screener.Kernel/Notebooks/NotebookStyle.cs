namespace Screener.Kernel.Notebooks;

/// <summary>How a notebook's page looks.</summary>
internal static class NotebookStyle
{
    internal const string Css = """

        :root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #6a737d; --line: #e3e6ea; --ground: #f7f8fa;
            --link: #0b5cad; --keyword: #0b5cad; --string: #8a3a00; --comment: #5d7a5d; --number: #7a2a8a; --warning: #7a4b00;
            --warned: #fff9ec; --error: #8f1d1d; --failed: #fdf2f2; }
        @media screen and (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43;
            --ground: #1d232a; --link: #8cc4f5; --keyword: #8cc4f5; --string: #e8a87c; --comment: #8fae8f; --number: #d3a0e0;
            --warning: #f0c674; --warned: #2b2413; --error: #ff9a9a; --failed: #2d1a1a; } }
        * { box-sizing: border-box; }
        body { margin: 0; color: var(--ink); background: var(--paper);
            font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 6rem; }
        h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .6em; font-weight: 600; }
        h1 { font-size: 2rem; margin-top: 0; } h2 { font-size: 1.45rem; } h3 { font-size: 1.15rem; }
        section.text { max-width: 46rem; }
        a { color: var(--link); }
        img, svg { max-width: 100%; }
        table { border-collapse: collapse; margin: 1em 0; font-size: .92em; font-variant-numeric: tabular-nums; }
        th, td { padding: .3em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        blockquote { margin: 1em 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--soft); }
        pre, code { font: 13px/1.5 ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        pre { margin: .4em 0; padding: .7em 1em; overflow-x: auto; white-space: pre; }
        section.text pre, pre.source, pre.raw { background: var(--ground); border-radius: 6px; }
        section.code { position: relative; margin: 1.2em 0; }
        .count { position: absolute; right: 100%; top: .75em; padding-right: .6em; color: var(--soft);
            font: 12px ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; }
        details.source { background: var(--ground); border-radius: 6px; }
        details.source summary { cursor: pointer; padding: .35em 1em; color: var(--soft); font-size: 13px; }
        details.source pre { margin: 0; }
        pre.stdout, pre.stderr { max-height: 60rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
        .output { overflow-x: auto; }
        pre.stderr { color: var(--warning); background: var(--warned); border-radius: 6px; }
        pre.error { color: var(--error); background: var(--failed); border-radius: 6px; white-space: pre-wrap; }
        .output { margin: .6em 0; padding: 0 1em; }
        .output > pre { padding: 0; }
        .math { font-style: italic; white-space: pre-wrap; }
        .k { color: var(--keyword); } .s { color: var(--string); } .c { color: var(--comment); } .n { color: var(--number); }
        section.text details { margin: .6em 0; padding: .1em 1em; border-left: 3px solid var(--line); }
        section.text summary { cursor: pointer; color: var(--link); }
        @media print { main { max-width: none; padding: 0; } section.code { break-inside: avoid; } .count { display: none; } }

        """;
}
