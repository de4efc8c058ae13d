namespace L4Proxy.Loadbench.Results.Html;

/// <summary>The style sheet of the page. It has no characters that XML escapes, as browsers read it unescaped.</summary>
internal static class PageStyle
{
    /// <summary>
    /// Colours c0 to c4 are those of Okabe and Ito (2008), which people with impaired colour vision tell apart, darker on light ground where
    /// contrast needs it; curves differ by dashes as well.
    /// </summary>
    public const string Css = """

        :root {
          color-scheme: light dark;
          --ground: #ffffff; --raised: #f6f7f9; --text: #1c2128; --faint: #59636e; --line: #d5dae0;
          --good: #136c38; --bad: #b3261e;
          --c0: #0062a8; --c1: #2f9ed8; --c2: #c65102; --c3: #00845c; --c4: #7a7f87; --c5: #a8417f; --c6: #8a6d00; --c7: #6b4fbb;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14181d; --raised: #1d232a; --text: #e4e8ec; --faint: #9da7b1; --line: #343c46;
            --good: #5fd38d; --bad: #ff8a80;
            --c0: #4aa8f0; --c1: #8fd3f4; --c2: #ff9a4d; --c3: #3ccf9f; --c4: #a6adb5; --c5: #e58cc0; --c6: #e0bd3c; --c7: #b09cf2;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; background: var(--ground); color: var(--text);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { margin: 0 0 .25rem; font-size: 1.6rem; }
        h2 { margin: 2.5rem 0 .25rem; font-size: 1.2rem; border-top: 1px solid var(--line); padding-top: 1.25rem; }
        h3 { margin: 1.25rem 0 .5rem; font-size: .95rem; }
        p { margin: .25rem 0; max-width: 60rem; }
        .faint { color: var(--faint); }
        nav a { margin-right: .75rem; white-space: nowrap; }
        a { color: var(--c0); }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem; margin: 1rem 0; }
        figure { margin: 0; padding: .75rem; background: var(--raised); border-radius: 8px; max-width: 44rem; }
        figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .5rem; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
        svg .tick { fill: var(--faint); font-size: 11px; }
        svg .group { font-weight: 600; }
        svg .value { font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .one { stroke: var(--text); stroke-width: 1.25; stroke-dasharray: 4 3; }
        .whisker { stroke: var(--text); stroke-width: 1.25; }
        .curve { fill: none; stroke-width: 2; }
        .bar { opacity: .85; }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
        .legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
        th { font-weight: 600; }
        th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--ground); }
        .range { display: block; font-size: .75rem; color: var(--faint); }
        .word { text-align: left; }
        .texts td { white-space: normal; overflow-wrap: anywhere; }
        .texts td:first-child { white-space: nowrap; }
        .met { color: var(--good); font-weight: 600; }
        .missed { color: var(--bad); font-weight: 600; }
        .none { color: var(--faint); }
        li { max-width: 60rem; margin: .25rem 0; }
        """;

    /// <summary>The rules that give each class of <see cref="SubjectStyles"/> its colour, and curves their dashes.</summary>
    public static string Colours()
    {
        string[] dashes = ["none", "7 3", "none", "2 3", "9 3 2 3", "5 2", "1 2", "12 4"];
        return string.Concat(Enumerable.Range(0, SubjectStyles.Count).Select(i =>
            $"\n.bar.c{i}, .dot.c{i} {{ fill: var(--c{i}); }} .curve.c{i} {{ stroke: var(--c{i}); stroke-dasharray: {dashes[i]}; }} .legend .c{i} {{ background: var(--c{i}); }}"));
    }
}
