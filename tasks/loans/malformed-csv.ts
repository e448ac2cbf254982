import type { DatasetColumn } from '../dataset/dataset-column.ts';

/** The bytes are not a loans CSV. `line` counts from 1, the header. */
export class MalformedCsv extends Error {
  override readonly name = 'MalformedCsv';
  readonly line: number;

  constructor(line: number, expected: string, found: string) {
    super(`line ${line} of the loans CSV: expected ${expected}, found ${found}`);
    this.line = line;
  }
}

/** Why reading stopped inside a line, at the given column. */
export function malformedLine(
  columns: readonly DatasetColumn[],
  line: number,
  text: string,
  name: string,
): MalformedCsv {
  if (text.endsWith('\r')) return new MalformedCsv(line, 'a line ending in \\n alone', '\\r\\n');
  if (text.includes('"')) return new MalformedCsv(line, 'cells without quotes', quoted(text));
  const cells = text.split(',');
  if (cells.length !== columns.length) return new MalformedCsv(line, `${columns.length} columns`, `${cells.length}`);
  const at = columns.findIndex((column) => column.name === name);
  const cell = cells[at] ?? '';
  return new MalformedCsv(
    line,
    `${expectedIn(columns[at], cell)} in column ${name}`,
    cell === '' ? 'an empty cell' : quoted(cell),
  );
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function expectedIn(column: DatasetColumn | undefined, cell: string): string {
  if (column?.type === 'label') return '0 or 1';
  return /^[+-]?\d+$/.test(cell) ? 'a whole number of at most 15 digits' : 'a finite number';
}
