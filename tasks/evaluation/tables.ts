import { type Html, html } from '../runtime/html.ts';
import type { Frame } from './frames.ts';

export type Table = Pick<Frame, 'columns' | 'rows'>;

/** The first cell of a row names it. */
export function frameTable({ columns, rows }: Table, name: string, caption: string): Html {
  return html`<table class="${name}">
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(([label, ...cells]) => html`<tr><th scope="row">${label ?? ''}</th>${cells.map(cellOf)}</tr>`)}
</tbody>
</table>`;
}

function cellOf(cell: string | number): Html {
  return html`<td>${typeof cell === 'number' ? grouped(cell) : cell}</td>`;
}

/** A table that is scrolled sideways where the page is narrow; also by keys, and so it can be focused. */
export function wideTable(table: Table, name: string, caption: string): Html {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${caption}">
${frameTable(table, name, caption)}
</div>`;
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** Three places; a dash where there is no number. */
export function rounded(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

// by hand: the first toLocaleString of a process reads tables of the world's languages for 30 ms
export function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}
