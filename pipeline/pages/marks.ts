import { Html, html } from '../../tasks/runtime/html.ts';

/** A shape for each state of a task and each outcome of an attempt, on 16 × 16, drawn in the text's colour. */
const shapes: Readonly<Record<string, string>> = {
  success:
    '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.5 8.2l2.4 2.4 4.6-5" stroke="var(--paper)" stroke-width="1.6"/>',
  failed:
    '<path d="M2 2h12v12H2z" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" stroke="var(--paper)" stroke-width="1.6"/>',
  running:
    '<circle cx="8" cy="8" r="6.2" stroke="currentColor" stroke-width="1.6"/><path d="M8 1.8a6.2 6.2 0 010 12.4z" fill="currentColor"/>',
  queued: '<circle cx="8" cy="8" r="6.2" stroke="currentColor" stroke-width="1.6"/>',
  up_for_retry: '<path d="M13 8a5 5 0 11-1.5-3.6M13 1.5v3.3H9.7" stroke="currentColor" stroke-width="1.6"/>',
  up_for_reschedule:
    '<path d="M4 2h8M4 14h8M5 2c0 4 6 8 6 12M11 2c0 4-6 8-6 12" stroke="currentColor" stroke-width="1.6"/>',
  upstream_failed:
    '<path d="M8 1.5l6.5 12.5h-13z" stroke="currentColor" stroke-width="1.5"/><path d="M8 6v4M8 11v1.2" stroke="currentColor" stroke-width="1.5"/>',
  none: '<path d="M4 8h8" stroke="currentColor" stroke-width="1.6"/>',
  preempted: '<path d="M9.5 1L3.5 9h4l-1 6 6-8h-4z" fill="currentColor"/>',
  'timed-out':
    '<circle cx="8" cy="8" r="6.2" stroke="currentColor" stroke-width="1.6"/><path d="M8 4.5V8l2.6 1.8" stroke="currentColor" stroke-width="1.6"/>',
  lost: '<path d="M5.3 6a2.7 2.7 0 114 2.3c-.9.5-1.3 1-1.3 2M8 12v1.6" stroke="currentColor" stroke-width="1.7"/>',
  cancelled: '<path d="M3 3h10v10H3z" stroke="currentColor" stroke-width="1.6"/>',
};

const sameShape: Readonly<Record<string, string>> = { succeeded: 'success', 'not-ready': 'up_for_reschedule' };

/** The shapes once, for `mark` to refer to. */
export const shapesDefined = new Html(
  `<svg width="0" height="0" aria-hidden="true" focusable="false"><defs>${Object.entries(shapes)
    .map(([name, shape]) => `<symbol id="mark-${name}" viewBox="0 0 16 16" fill="none">${shape}</symbol>`)
    .join('')}</defs></svg>`,
);

/** The shape alone: the word stands beside it, or in its link's label. */
export function mark(state: string): Html {
  const name = sameShape[state] ?? state;
  return html`<svg class="mark" aria-hidden="true"><use href="#mark-${name in shapes ? name : 'none'}"/></svg>`;
}

/** The shape and the word. */
export function stateMark(state: string, word = state): Html {
  return html`<span class="state ${state}">${mark(state)}${word}</span>`;
}

/** What the shapes mean. */
export function legend(states: readonly string[]): Html {
  return html`<ul class="legend">${states.map((state) => html`<li>${stateMark(state, state.replaceAll('_', ' '))}</li>`)}</ul>`;
}
