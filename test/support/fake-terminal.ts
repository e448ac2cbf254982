/** A terminal that understands what is written to it: lines, moving up, clearing to its end. Colours are ignored. */
export class FakeTerminal {
  readonly columns: number;
  /** What a person sees. */
  readonly lines: string[] = [''];
  #row = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string | Uint8Array): boolean {
    for (const [, up, clear, colour, newline, other] of String(text).matchAll(tokens)) {
      if (colour !== undefined) continue;
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (clear !== undefined) this.lines.splice(this.#row, Number.POSITIVE_INFINITY, '');
      else if (newline !== undefined) this.#moveDown();
      else this.#put(other ?? '');
    }
    return true;
  }

  #moveDown(): void {
    this.#row++;
    this.lines[this.#row] ??= '';
  }

  #put(text: string): void {
    this.lines[this.#row] += text;
    // a line that is too long goes on in the next row
    const line = this.lines[this.#row] ?? '';
    if (line.length <= this.columns) return;
    this.lines[this.#row] = line.slice(0, this.columns);
    this.#moveDown();
    this.#put(line.slice(this.columns));
  }
}

const sequence = '\u001b';
const tokens = new RegExp(
  `${sequence}\\[(\\d+)A|(${sequence}\\[J)|(${sequence}\\[\\d+m)|(\n)|([^${sequence}\n]+)`,
  'g',
);
