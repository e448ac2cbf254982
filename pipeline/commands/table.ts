import { widthOf, wrap } from '../../tasks/runtime/wrap.ts';

/**
 * Rows of text in aligned columns; the first row is the heading. Where a line is wider than the terminal, its last cell
 * goes on below, indented: nothing is cut.
 */
export function tableText(rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const columns = (rows[0] ?? []).length - 1;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) => lineText(row, widths, width)).join('');
}

function lineText(row: readonly string[], widths: readonly number[], width: number): string {
  const cells = widths.map(
    (cellWidth, column) => (row[column] ?? '') + ' '.repeat(cellWidth - widthOf(row[column] ?? '')),
  );
  const line = [...cells, row[widths.length] ?? ''].join('  ').trimEnd();
  if (widthOf(line) <= width) return `${line}\n`;
  const head = cells.join('  ').trimEnd();
  return `${head}\n${wrap(row[widths.length] ?? '', width, '      ')}`;
}
