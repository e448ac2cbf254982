import { stripVTControlCharacters } from 'node:util';

/** Lines of whole words; a word that is longer than a line stands alone. A command that is quoted to be typed is one word. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?<!\S)'[^']*\bnp[mx] [^']*'\S*|\S+/g) ?? []) {
    if (line && widthOf(`${indent}${line} ${word}`) > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].map((words) => `${indent}${words}\n`).join('');
}

/** A text as it is, but on a terminal its lines, where they are too long, are broken between words and go on indented. */
export function foldedFor({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>, text: string): string {
  if (!isTTY || !columns) return text;
  return text.replaceAll(/^.+$/gm, (line) => (widthOf(line) <= columns ? line : hanging(line, columns)));
}

function hanging(line: string, width: number): string {
  const lines = wrap(line, width, '  ').trimEnd();
  return line.startsWith(' ') ? lines : lines.trimStart();
}

export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
