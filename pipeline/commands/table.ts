import { stripVTControlCharacters } from 'node:util';

/** Rows of text in aligned columns; the first row is the heading. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widthOf = (text: string) => stripVTControlCharacters(text).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const lines = rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))).join('  '),
  );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
