import { type Html, html } from '../../tasks/runtime/html.ts';
import { quantile } from '../monitoring/durations.ts';

export interface Trend {
  readonly name: string;
  /** Oldest first; undefined where a run has none. */
  readonly values: readonly (number | undefined)[];
  readonly text: (value: number) => string;
}

const width = 300;
const height = 60;

/** Values over the runs with their median, as a line; none where there are fewer than two. */
export function trendChart({ name, values, text }: Trend): Html[] {
  const known = values.filter((value) => value !== undefined);
  const [last, median] = [known.at(-1), quantile(known, 0.5)];
  if (known.length < 2 || last === undefined || median === undefined) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (index: number) => ((index / (values.length - 1)) * width).toFixed(1);
  const y = (value: number) =>
    (high === low ? height / 2 : height - ((value - low) / (high - low)) * height).toFixed(1);
  const lastAt = values.lastIndexOf(last);
  return [
    html`<figure>
<figcaption><b>${name}</b> ${text(last)}</figcaption>
<svg class="trend" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
<path class="median" d="M0 ${y(median)}H${width}"/>
<path class="line" d="${linePath(values, x, y)}"/>
<path class="last" d="M${x(lastAt)} ${y(last)}h0"/>
</svg>
<figcaption>${text(low)} to ${text(high)} in ${known.length} runs, median ${text(median)}</figcaption>
</figure>`,
  ];
}

/** It is broken where a run has no value. */
function linePath(values: Trend['values'], x: (index: number) => string, y: (value: number) => string): string {
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === undefined) {
        isDrawing = false;
        return '';
      }
      const command = isDrawing ? 'L' : 'M';
      isDrawing = true;
      return `${command}${x(index)} ${y(value)}`;
    })
    .join('');
}
