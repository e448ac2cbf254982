import { palette } from '../../tasks/runtime/palette.ts';

/** The style sheet of the pages: dense tables under the report's headings, in the report's colours. */
export const pageStyle = `${palette}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 84rem; padding: clamp(1.1rem, 4vw, 2.5rem) clamp(0.8rem, 3vw, 2rem) 3rem;
  background: var(--paper); color: var(--ink);
  font: 0.875rem/1.45 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
  font-variant-numeric: lining-nums tabular-nums; -webkit-text-size-adjust: 100%;
}
h1, h2, .lede { font-family: Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Liberation Serif", serif; font-weight: 400; }
h1 { margin: 0; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.2rem; line-height: 1.3; }
h3 { margin: 0 0 0.25rem; font-size: 0.8125rem; font-weight: 600; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
a { color: var(--blue); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
nav, .written { margin: 0 0 0.75rem; color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; }
nav a { margin-right: 1rem; }
.lede { margin: 0.5rem 0 0; font-size: 1.0625rem; }
.lede + p { margin-top: 0.75rem; }
.troubles { margin: 1rem 0 0; padding: 0.1rem 0 0.1rem 1rem; border-left: 3px solid var(--rust); list-style: none; max-width: 60rem; overflow-wrap: anywhere; }
section { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
.note { color: var(--muted); font-size: 0.8125rem; }

table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.25rem 0.5rem; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: baseline; }
th { font-weight: 600; overflow-wrap: anywhere; }
tr > :first-child { padding-left: 0; }
tr > :last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 0.75rem; font-weight: 400; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
td.reason, td code, dd, .parameters code { min-width: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
code, pre { font-family: ui-monospace, "SFMono-Regular", Menlo, "Liberation Mono", monospace; font-size: 0.8125rem; }

.mark { flex: none; width: 1rem; height: 1rem; color: var(--muted); }
.state .mark { margin-right: 0.35rem; vertical-align: -0.18em; }
.success .mark, .succeeded .mark, .running .mark { color: var(--blue); }
.failed .mark, .timed-out .mark, .lost .mark { color: var(--rust); }
td .state, td.when { white-space: nowrap; }

.grid { table-layout: fixed; }
.grid tr { content-visibility: auto; contain-intrinsic-height: auto 2rem; }
.grid th, .grid td { vertical-align: middle; }
.grid th:first-child { width: 7rem; overflow-wrap: normal; }
.grid .score, .grid .took { width: 5.5rem; }
.cell { display: flex; align-items: center; gap: 0.35rem; min-height: 1.5rem; color: inherit; text-decoration: none; }
.cell:hover { background: var(--faint); }
.cell .tries { color: var(--muted); font-size: 0.75rem; }
.cell .bar { flex: 1; min-width: 0; height: 0.5rem; }
.cell .seconds { width: 4.5rem; color: var(--muted); font-size: 0.75rem; text-align: right; white-space: nowrap; }
.bar rect { fill: var(--muted); opacity: 0.45; }
.success .bar rect { fill: var(--blue); }
.failed .bar rect { fill: var(--rust); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.75rem 0 0; padding: 0; list-style: none; color: var(--muted); font-size: 0.8125rem; }

.trends { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.25rem 2rem; }
figure { margin: 0; }
figcaption { color: var(--muted); font-size: 0.8125rem; }
figcaption b { color: var(--ink); font-weight: 600; }
.trend { display: block; width: 100%; height: 4rem; overflow: visible; }
.trend .line { fill: none; stroke: var(--blue); stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.trend .median { stroke: var(--muted); stroke-dasharray: 4 4; vector-effect: non-scaling-stroke; }
.trend .last { fill: none; stroke: var(--blue); stroke-width: 7; stroke-linecap: round; vector-effect: non-scaling-stroke; }

.wide + p { margin-top: 0.75rem; }
.lead-figure { max-width: 25rem; }
.lead-figure svg { display: block; width: 100%; }
.lead-figure .none { stroke: var(--muted); stroke-dasharray: 4 4; }
.lead-figure .interval { stroke: var(--blue); stroke-width: 2; }
.lead-figure circle { fill: var(--blue); }

.graph { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: 0.75rem 2rem; margin: 0; padding: 0; list-style: none; }
.graph li { position: relative; padding: 0.5rem 0.75rem; border: 1px solid var(--rule); border-radius: 3px; }
.graph li.failed { border-color: var(--rust); }
.graph li + li::before { content: "→"; position: absolute; right: calc(100% + 0.5rem); top: 0.5rem; color: var(--muted); }
.graph b, .graph .note { display: block; overflow-wrap: anywhere; }

.gantt { table-layout: fixed; }
.gantt th:first-child { width: 8rem; }
.gantt .span { width: 36%; padding: 0; vertical-align: middle; }
.gantt .number { width: 6rem; }
.gantt .outcome { width: 9.5rem; }
.gantt thead .span { vertical-align: bottom; padding-bottom: 0.25rem; }
.span div { display: flex; justify-content: space-between; }
.gantt .span svg { display: block; width: 100%; height: 1rem; overflow: visible; }
.gantt .wait { fill: var(--muted); opacity: 0.5; }
.gantt .run { fill: var(--muted); }
.gantt .succeeded .run { fill: var(--blue); }
.gantt .failed .run, .gantt .timed-out .run, .gantt .lost .run { fill: var(--rust); }
.gantt .running .run { fill: var(--blue-wash); stroke: var(--blue); }
.gantt .preempted .run { fill: var(--rust-wash); stroke: var(--rust); stroke-dasharray: 3 2; }
.gantt .task th { padding-top: 0.75rem; }
.gantt th.attempt { padding-left: 1rem; font-weight: 400; }

details { border-bottom: 1px solid var(--faint); }
summary { padding: 0.35rem 0; cursor: pointer; }
pre { margin: 0 0 0.75rem; max-height: 32rem; overflow: auto; padding: 0.5rem; background: var(--faint); white-space: pre-wrap; overflow-wrap: anywhere; }
pre .WARNING, pre .ERROR { color: var(--rust); }
footer { margin-top: 2.5rem; padding-top: 0.75rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; }

form { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.5rem 1rem 0 0; }
button, input, select { padding: 0.3rem 0.6rem; border: 1px solid var(--rule); border-radius: 3px; background: var(--paper); color: var(--ink); font: inherit; }
button { cursor: pointer; }
button:hover { border-color: var(--blue); }

@media (max-width: 48rem) {
  .grid th:first-child { width: 6.25rem; font-size: 0.8125rem; }
  .grid .took, .cell .bar, .cell .seconds { display: none; }
  .grid .score { width: 3.75rem; }
  .grid thead th { font-size: 0.6875rem; }
  th, td { padding: 0.25rem; }
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; width: auto; border: 0; padding: 0; }
  .stacked tr { padding: 0.35rem 0; border-bottom: 1px solid var(--faint); }
  .stacked thead { display: none; }
  .gantt .span, .gantt th:first-child { width: auto; }
  .gantt .number { text-align: left; }
  .artifacts { min-width: 44rem; }
  .graph { grid-template-columns: 1fr; }
  .graph li + li::before { content: "↓"; right: auto; left: 0.75rem; top: -1.1rem; line-height: 1; }
}
`;
