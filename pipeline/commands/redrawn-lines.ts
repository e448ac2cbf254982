import { stripVTControlCharacters } from 'node:util';
import { wrap } from '../../tasks/runtime/wrap.ts';

export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns'>;

const redrawMs = 100;

/** Lines that are redrawn in place on a terminal, as time passes and whenever it is asked for. */
export class RedrawnLines {
  readonly #out: Terminal;
  readonly #linesAt: (now: Date) => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #drawnLines = 0;

  constructor(out: Terminal, linesAt: (now: Date) => readonly string[]) {
    this.#out = out;
    this.#linesAt = linesAt;
    this.#timer = setInterval(() => this.draw(), redrawMs);
    this.#timer.unref();
  }

  draw(): void {
    const lines = this.#fittedLines();
    this.#out.write(`${this.#erasure()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawnLines = lines.length;
  }

  #fittedLines(): string[] {
    const width = (this.#out.columns || 80) - 1;
    return this.#linesAt(new Date()).flatMap((line) => fitted(line, width));
  }

  #erasure(): string {
    return this.#drawnLines > 0 ? `\r\u001b[${this.#drawnLines}A\u001b[J` : '';
  }

  /** The lines make room for what comes now, and are drawn again below it. */
  interrupt(): void {
    this.#out.write(this.#erasure());
    this.#drawnLines = 0;
  }

  erase(): void {
    clearInterval(this.#timer);
    this.interrupt();
  }

  /** The lines stay as they are now. */
  close(): void {
    clearInterval(this.#timer);
    this.draw();
    this.#drawnLines = 0;
  }
}

/** A line that the terminal wrapped would spoil the redrawing. */
function fitted(line: string, width: number): string[] {
  const plain = stripVTControlCharacters(line);
  if (plain.length <= width) return [line];
  const lines = wrap(plain.trim(), width, '      ').trimEnd().split('\n');
  return lines.flatMap((words) => words.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []);
}
