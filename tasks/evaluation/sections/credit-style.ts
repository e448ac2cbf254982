/** What the sections for credit people add to the style sheet. */
export const CREDIT_STYLE = `
.contents { margin-top: 2rem; font-size: 0.9375rem; }
.contents ol { margin: 0; padding: 0; columns: 2 18rem; column-gap: 3rem; list-style: none; }
.contents li { break-inside: avoid; padding: 0.1rem 0; }
a { color: var(--blue); text-underline-offset: 0.15em; }
.wide { overflow-x: auto; margin-top: 1.75rem; }
.wide td, .wide thead th, .plain td { white-space: nowrap; }
.wide + .note, .plain + .note { margin-top: 0.75rem; }
.wide:focus-visible { outline: 2px solid var(--blue); outline-offset: 4px; }
th[scope=row], .limits { overflow-wrap: break-word; }
.wide tbody th { min-width: 8.5rem; overflow-wrap: anywhere; }
.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); gap: 2rem 2.5rem; }
.small figcaption { margin: 0 0 0.25rem; color: var(--ink); font-weight: 600; overflow-wrap: anywhere; }
.figures { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin-bottom: 2rem; }
.figures dd.value { font-size: 1.6rem; line-height: 1.35; }
.distribution { max-width: none; }
.defaulted-line { fill: none; stroke: var(--rust); stroke-width: 2; vector-effect: non-scaling-stroke; }
.repaid-area { fill: var(--blue); fill-opacity: 0.55; }
.defaulted-area { fill: var(--rust); fill-opacity: 0.55; }
.key { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.35rem; }
.key.repaid { background: var(--blue); } .key.defaulted { background: var(--rust); }
.cell-bar { display: inline-block; width: clamp(2rem, 12vw, 6rem); height: 0.6rem; margin-left: 0.6rem; vertical-align: baseline; }
.hash { font-family: ui-monospace, "Liberation Mono", monospace; font-size: 0.8125rem; overflow-wrap: anywhere; }
.card { table-layout: fixed; margin-bottom: 1.75rem; }
.card td { text-align: left; overflow-wrap: anywhere; }
.card th { width: 30%; }
.limits { margin: 0 0 1.5rem; padding-left: 1.1rem; }
`;
