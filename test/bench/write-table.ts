import { cpus } from 'node:os';
import type { Line } from './compare.ts';
import { median } from './median.ts';

const nameColumn = 1;

/** Prints the table, the remarks, and on what machine this was. */
export function writeTable(title: string, lines: readonly Line[], remarks: readonly string[]): void {
  const said = [...remarks, machine()].filter((remark) => remark !== '');
  process.stdout.write(`${tableOf(title, lines)}\n\n${said.join('\n')}\n`);
}

/** In Markdown, aligned for those who read it as it is. */
export function tableOf(title: string, lines: readonly Line[]): string {
  const heads = ['rows', title, 'seconds', 'fastest to slowest', 'times ours', 'peak MB'];
  const table = [heads, ...lines.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const [head, ...body] = table.map((cells) => row(cells.map((cell, column) => pad(cell, column, widths[column]))));
  const rules = widths.map((width, column) =>
    column === nameColumn ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [head, row(rules), ...body].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellsOf({ rows, name, measured, compared }: Line): string[] {
  const seconds = measured.map((one) => one.seconds);
  const ratios = seconds.map((one, round) => one / (compared[round]?.seconds ?? Number.NaN));
  return [
    rows.toLocaleString('en'),
    name,
    median(seconds).toFixed(2),
    `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`,
    median(ratios).toFixed(2),
    median(measured.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0),
  ];
}

function pad(cell: string, column: number, width = 0): string {
  return column === nameColumn ? cell.padEnd(width) : cell.padStart(width);
}

function machine(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, Node ${process.version}.`;
}
