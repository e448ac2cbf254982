import { palette } from '../runtime/palette.ts';

/** The style sheet of report.html: one column of text, system fonts, two colours; dark where the reader's system is. */
export const REPORT_STYLE = `${palette}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 52rem; padding: clamp(2rem, 8vw, 3.5rem) clamp(1.1rem, 5vw, 1.5rem) 3rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Liberation Serif", serif;
  font-variant-numeric: lining-nums tabular-nums; -webkit-text-size-adjust: 100%;
}
h1 { margin: 0; font-size: clamp(1.9rem, 6vw, 2.6rem); font-weight: 400; line-height: 1.15; letter-spacing: -0.01em; text-wrap: balance; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; font-weight: 400; line-height: 1.3; }
p { margin: 0 0 1rem; max-width: 40rem; }
section { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
.run, dt, th, caption, figcaption, .note, footer, svg text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
.run { margin-bottom: 0.75rem; color: var(--muted); font-size: 0.875rem; overflow-wrap: anywhere; }
.lede { margin: 1.25rem 0 0; font-size: 1.2rem; line-height: 1.55; }
.warnings { margin: 1.5rem 0 0; padding: 0.1rem 0 0.1rem 1rem; border-left: 3px solid var(--rust); list-style: none; }

.scores { display: grid; grid-template-columns: repeat(2, 1fr); gap: 1.75rem 1.5rem; margin: 0; }
.scores + .scores { margin-top: 1.75rem; padding-top: 1.5rem; border-top: 1px solid var(--faint); }
@media (min-width: 40rem), print {
  .scores { grid-template-columns: repeat(4, 1fr); }
  .losses { grid-template-columns: repeat(3, 1fr); }
}
.scores div { display: flex; flex-direction: column; }
dt { font-size: 0.875rem; font-weight: 600; }
dd { margin: 0; }
dd.value { font-size: 2.5rem; line-height: 1.2; letter-spacing: -0.02em; }
.losses dd.value { font-size: 1.6rem; line-height: 1.35; }
.note { color: var(--muted); font-size: 0.8125rem; line-height: 1.45; text-wrap: balance; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 2.5rem 3rem; align-items: start; }
figure { margin: 0; break-inside: avoid; }
figcaption { margin-top: 0.5rem; color: var(--muted); font-size: 0.8125rem; line-height: 1.5; }
table { width: 100%; border-collapse: collapse; break-inside: avoid; }
caption { padding-bottom: 0.5rem; color: var(--muted); font-size: 0.8125rem; text-align: left; }
th { font-size: 0.8125rem; font-weight: 600; text-align: left; }
th, td { padding: 0.4rem clamp(0.35rem, 1.5vw, 0.6rem); border-bottom: 1px solid var(--rule); vertical-align: baseline; }
tr > :first-child { padding-left: 0; }
tr > :last-child { padding-right: 0; }
thead th, .bins th { font-weight: 400; }
thead th { color: var(--muted); vertical-align: bottom; }
th + th, td { text-align: right; }
.balance tbody th::before { content: ""; display: inline-block; width: 0.6rem; height: 0.6rem; margin-right: 0.5rem; }
.balance tr:nth-child(1) th::before { background: var(--blue); }
.balance tr:nth-child(2) th::before { background: var(--rust); }
.confusion tbody td { font-size: 1.25rem; }
.confusion tbody td:last-child { color: var(--muted); font-size: inherit; }
.confusion tr:nth-child(1) td:nth-child(2), .confusion tr:nth-child(2) td:nth-child(3) { background: var(--blue-wash); }
.confusion tr:nth-child(1) td:nth-child(3), .confusion tr:nth-child(2) td:nth-child(2) { background: var(--rust-wash); }

svg { display: block; width: 100%; }
.plot { max-width: 27rem; height: auto; overflow: visible; }
.bar { height: 0.75rem; margin-bottom: 1.75rem; }
.repaid, .importance { fill: var(--blue); }
.defaulted { fill: var(--rust); }
svg text { fill: var(--muted); font-size: 12px; }
svg .axis-title { fill: var(--ink); font-size: 12.5px; }
.grid, .axis, .curve, .reference { fill: none; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--faint); }
.axis { stroke: var(--muted); }
.curve { stroke: var(--blue); stroke-width: 2; stroke-linejoin: round; }
.area { fill: var(--blue-wash); }
.reference { stroke: var(--muted); stroke-dasharray: 4 4; }
.predictions, .bin { stroke: var(--paper); stroke-width: 1.5; }
.predictions { fill: var(--rust); }
.bin { fill: var(--blue); }
.absent { color: var(--muted); font-style: italic; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.8125rem; }

@media print {
  @page { margin: 16mm; }
  :root { --paper: #fff; font-size: 12.5px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; }
  section { margin-top: 1.75rem; break-inside: avoid; }
  .pair { grid-template-columns: 1fr 1fr; }
  tbody th, tbody td { vertical-align: middle; }
}
`;
