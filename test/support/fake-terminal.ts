/** A terminal that understands what is written to it: text, new lines, moving up, clearing to its end. Colours are ignored. */
export class FakeTerminal {
  readonly columns: number;
  /** What a person sees. */
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string | Uint8Array): boolean {
    for (const [token, up] of String(text).matchAll(tokens)) {
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (token === '\n') this.#moveDown();
      else if (token === '\r') this.#column = 0;
      else if (token.endsWith('[J')) this.#clearToEnd();
      else if (!token.startsWith(sequence)) this.#put(token);
    }
    return true;
  }

  #moveDown(): void {
    this.#row++;
    this.#column = 0;
    this.lines[this.#row] ??= '';
  }

  #clearToEnd(): void {
    this.lines.splice(this.#row, Number.POSITIVE_INFINITY, this.#lineBeforeCursor());
  }

  /** Text that is too long for a line goes on in the next one. */
  #put(text: string): void {
    const fits = text.slice(0, this.columns - this.#column);
    const after = this.lines[this.#row]?.slice(this.#column + fits.length) ?? '';
    this.lines[this.#row] = this.#lineBeforeCursor() + fits + after;
    this.#column += fits.length;
    if (fits.length === text.length) return;
    this.#moveDown();
    this.#put(text.slice(fits.length));
  }

  #lineBeforeCursor(): string {
    return (this.lines[this.#row] ?? '').slice(0, this.#column).padEnd(this.#column);
  }
}

const sequence = '\u001b';
const tokens = new RegExp(`${sequence}\\[(\\d+)A|${sequence}\\[(?:J|\\d+m)|[\r\n]|[^${sequence}\r\n]+`, 'g');
