import { type Html, html } from '../../runtime/html.ts';
import { absent } from '../charts.ts';
import type { DependencePoint } from '../credit/partial-dependence.ts';
import { MOST_FEATURES } from '../credit/sample.ts';
import type { CreditReport, FeatureEffect } from '../credit-report.ts';
import { grouped, rounded } from '../tables.ts';
import { onlyFirst } from './effect-section.ts';

const LEFT = 34;
const WIDTH = 220;
const HEIGHT = 120;
const TOP = 8;
const NAME_WIDTH = 92;
const ROW = 18;
const LONGEST_NAME = 14;

/** A small picture for each feature, all to the same height. */
export function dependenceSection({ features, sampleRows }: CreditReport): Html {
  const shown = features.slice(0, MOST_FEATURES);
  const highest = Math.max(...shown.flatMap(({ dependence }) => dependence.map((point) => point.meanProbability)));
  const scale = Math.max(Math.ceil(highest * 10) / 10, 0.1);
  return html`<section aria-labelledby="dependence">
<h2 id="dependence">How its estimate hangs on each feature</h2>
<p>The mean probability of a default if ${grouped(sampleRows)} of the test loans all had the value, and were else as they are${onlyFirst(features.length)}.</p>
<div class="pair small">
${shown.map((effect, f) => (effect.dependence.length === 0 ? absent(`${effect.name}: no value is known.`) : picture(effect, f, scale)))}
</div>
</section>`;
}

function picture({ name, type, dependence }: FeatureEffect, f: number, scale: number): Html {
  const isByName = dependence.some(({ text }) => text !== undefined);
  const textOf = type === 'timestamp' ? dateOf : nameOf;
  const height = isByName ? ROW * dependence.length : TOP + HEIGHT + 22;
  const width = isByName ? NAME_WIDTH + WIDTH - LEFT : LEFT + WIDTH;
  return html`<figure>
<figcaption>${name}</figcaption>
<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="dependence-${f}-title dependence-${f}-desc">
<title id="dependence-${f}-title">Mean probability of a default by ${name}</title>
<desc id="dependence-${f}-desc">${dependence.map((point) => `${textOf(point)}: ${rounded(point.meanProbability)}`).join(', ')}.</desc>
${isByName ? dependence.map((point, row) => namedBar(point, row, scale)) : lineMarks(dependence, scale, textOf)}
</svg>
</figure>`;
}

function lineMarks(
  points: readonly DependencePoint[],
  scale: number,
  textOf: (point: DependencePoint) => string,
): Html[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const [low, high] = [first.value, last.value];
  const at = ({ value, meanProbability }: DependencePoint) => {
    const x = LEFT + (high > low ? (WIDTH * (value - low)) / (high - low) : WIDTH / 2);
    return { x: x.toFixed(1), y: (TOP + HEIGHT * (1 - meanProbability / scale)).toFixed(1) };
  };
  const places = points.map(at);
  const bottom = TOP + HEIGHT;
  return [
    html`<path class="grid" d="M${LEFT} ${TOP}H${LEFT + WIDTH}"/>`,
    html`<path class="axis" d="M${LEFT} ${bottom}H${LEFT + WIDTH}"/>`,
    html`<path class="curve" d="M${places.map(({ x, y }) => `${x} ${y}`).join('L')}"/>`,
    ...places.map(({ x, y }) => html`<circle class="bin" cx="${x}" cy="${y}" r="2.5"/>`),
    html`<text x="${LEFT - 6}" y="${TOP + 4}" text-anchor="end">${scale.toFixed(1)}</text>`,
    html`<text x="${LEFT - 6}" y="${bottom + 4}" text-anchor="end">0</text>`,
    html`<text x="${LEFT}" y="${bottom + 18}">${textOf(first)}</text>`,
    ...(high > low
      ? [html`<text x="${LEFT + WIDTH}" y="${bottom + 18}" text-anchor="end">${textOf(last)}</text>`]
      : []),
  ];
}

function namedBar(point: DependencePoint, row: number, scale: number): Html {
  const middle = ROW * row + 13;
  const longest = WIDTH - LEFT - 40;
  const width = ((longest * point.meanProbability) / scale).toFixed(1);
  const name = nameOf(point);
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, 6)}…${name.slice(-7)}` : name;
  return html`<text x="${NAME_WIDTH - 6}" y="${middle}" text-anchor="end">${shown}</text>
<rect class="importance" x="${NAME_WIDTH}" y="${ROW * row + 4}" width="${width}" height="10"/>
<text x="${NAME_WIDTH + longest + 4}" y="${middle}">${rounded(point.meanProbability)}</text>`;
}

function nameOf({ value, text }: DependencePoint): string {
  return text ?? shortNumber(value);
}

/** Of seconds since 1970. */
function dateOf({ value }: DependencePoint): string {
  const time = new Date(1000 * value);
  return Number.isNaN(time.getTime()) ? shortNumber(value) : time.toISOString().slice(0, 10);
}

/** Three digits that count, without the zeros behind them. */
function shortNumber(value: number): string {
  const near = Number(value.toPrecision(3));
  return Number.isInteger(near) && near < 1e15 ? grouped(near) : String(near);
}
