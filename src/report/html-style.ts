/**
 * How the report looks: one column that fits a phone, a page and a wide screen; dark and light as the reader wants it; no colour
 * says anything that a word or a shape does not say too. Contrast is at least 4.5:1 (WCAG 2.2, 1.4.3) in both schemes.
 */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1a1f24;--soft:#57606a;--line:#d0d7de;--card:#f6f8fa;--good:#116329;--bad:#a40e26;--doubt:#7d4e00;--new:#116329;--old:#a40e26;--none:#7d4e00}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9da7b1;--line:#30363d;--card:#161b22;--good:#57d364;--bad:#ff8580;--doubt:#e3b341;--new:#57d364;--old:#ff8580;--none:#e3b341}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
p,dl{margin:.5rem 0}
code,td.value,dd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem}
.verdict{border-left:.375rem solid var(--soft);padding:.25rem 1rem;background:var(--card)}
.verdict.passed,.verdict.skipped,.verdict.halted{border-color:var(--good)}.verdict.failed,.verdict.refused,.verdict.invalid{border-color:var(--bad)}.verdict.inconclusive{border-color:var(--doubt)}
.pass b,.warn b{color:var(--good)}.fail b{color:var(--bad)}.untestable b{color:var(--doubt)}
.weak{border:1px solid var(--doubt);padding:.25rem 1rem;margin:1rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.125rem 1rem}
dt{color:var(--soft)}dd{margin:0;min-width:0}
article{border-top:1px solid var(--line);padding:.75rem 0}
article h3{font-size:1rem;margin:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
th,td{white-space:nowrap;overflow-wrap:normal}td.long{white-space:normal;overflow-wrap:anywhere;min-width:16rem}
dd dl{margin:0}
summary{cursor:pointer;color:var(--soft)}
svg{display:block;width:100%;height:auto}
.lane{display:grid;grid-template-columns:minmax(0,14rem) 1fr;align-items:center;gap:0 1rem;font-size:.875rem}
.lane>svg{height:1.75rem}
.lane svg,.legend svg{overflow:visible}
.lane p{display:flex;justify-content:space-between;margin:0}
.legend{display:flex;flex-wrap:wrap;gap:0 1rem}
.legend>span>svg{display:inline-block;width:1.25rem;height:.75rem;margin-right:.25rem}
.of{margin:.75rem 0 0;font-weight:600}
svg text{fill:var(--text);font:12px system-ui,sans-serif}
svg .axis{stroke:var(--line)}
svg .new{fill:var(--new)}svg .old{fill:none;stroke:var(--old);stroke-width:2}svg .none,svg .unreachable{fill:none;stroke:var(--none);stroke-width:2}
img{max-width:100%;height:auto;border:1px solid var(--line)}
footer{color:var(--soft);margin-top:2rem;border-top:1px solid var(--line);padding-top:.5rem;font-size:.875rem}
@media(max-width:30rem){dl,.lane{grid-template-columns:1fr}dd{margin-bottom:.25rem}}
@media print{body{max-width:none;padding:0}article,.lane{break-inside:avoid}summary{display:none}details::details-content{display:block;content-visibility:visible}.scroll{overflow:visible}}
`;
