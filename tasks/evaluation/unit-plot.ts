import { type Html, html } from '../runtime/html.ts';
import type { Point } from './curves.ts';

/** What a plot says to someone who cannot see it, and what its axes measure. */
export interface PlotLabels {
  /** Unique within the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly xAxis: string;
  readonly yAxis: string;
}

const LEFT = 56;
const TOP = 10;
const SIDE = 280;
const WIDTH = LEFT + SIDE + 10;
const HEIGHT = TOP + SIDE + 46;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** A square plot of 0..1 by 0..1 with `marks` on it; `xOf` and `yOf` say where a value lies. */
export function unitPlot({ id, title, description, xAxis, yAxis }: PlotLabels, marks: readonly Html[]): Html {
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${description}</desc>
${TICKS.flatMap(gridLines)}
${marks}
<text class="axis-title" x="${xOf(0.5)}" y="${HEIGHT - 6}" text-anchor="middle">${xAxis}</text>
<text class="axis-title" transform="translate(12 ${yOf(0.5)}) rotate(-90)" text-anchor="middle">${yAxis}</text>
</svg>`;
}

/** Horizontal place of a value from 0 to 1, to a tenth of a unit so that the bytes never depend on a last bit. */
export function xOf(value: number): string {
  return (LEFT + value * SIDE).toFixed(1);
}

/** Vertical place of a value from 0 (bottom) to 1 (top). */
export function yOf(value: number): string {
  return (TOP + (1 - value) * SIDE).toFixed(1);
}

export function linePath(points: readonly Point[]): string {
  return `M${points.map(({ x, y }) => `${xOf(x)} ${yOf(y)}`).join('L')}`;
}

/** Each y holds from the previous point's x up to its own. */
export function stepPath(points: readonly Point[]): string {
  const steps = points.map(({ x, y }) => `V${yOf(y)}H${xOf(x)}`);
  return `M${xOf(0)} ${yOf(points[0]?.y ?? 0)}${steps.join('')}`;
}

function gridLines(at: number): Html[] {
  const line = at === 0 ? 'axis' : 'grid';
  return [
    html`<path class="${line}" d="M${xOf(0)} ${yOf(at)}H${xOf(1)}M${xOf(at)} ${yOf(0)}V${yOf(1)}"/>`,
    html`<text class="tick" x="${LEFT - 8}" y="${yOf(at)}" dy="4" text-anchor="end">${at}</text>`,
    html`<text class="tick" x="${xOf(at)}" y="${TOP + SIDE + 18}" text-anchor="middle">${at}</text>`,
  ];
}
