import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Html, html } from '../../tasks/runtime/html.ts';

interface StartedCommand {
  readonly words: readonly string[];
  exitCode: number | null | undefined;
  lastLine: string;
}

const shown = 5;

/** The commands that the page's reader has started, each as a process of its own, and how they ended. */
export class CommandsStarted {
  readonly #spawn: (words: readonly string[]) => ChildProcess;
  readonly #commands: StartedCommand[] = [];
  readonly #children = new Set<ChildProcess>();
  #changes = 0;

  constructor(spawn: (words: readonly string[]) => ChildProcess) {
    this.#spawn = spawn;
  }

  /** Changes whenever what is shown does. */
  get version(): number {
    return this.#changes;
  }

  /** One after the other, as long as they succeed. */
  async run(commands: readonly (readonly string[])[]): Promise<void> {
    for (const words of commands) {
      if ((await this.#runOne(words)) !== 0) return;
    }
  }

  /** Ends those that go on, as Ctrl-C would. */
  async stop(): Promise<void> {
    const ends = [...this.#children].map((child) => once(child, 'close'));
    for (const child of this.#children) child.kill('SIGTERM');
    await Promise.all(ends);
  }

  list(): Html {
    if (this.#commands.length === 0) return html``;
    const items = this.#commands.slice(-shown).toReversed();
    return html`<ul class="started" aria-label="Started from here">${items.map(({ words, exitCode, lastLine }) => html`<li><code>pipeline ${words.join(' ')}</code> ${endText(exitCode)} <span class="note">${exitCode === 0 ? '' : lastLine}</span></li>`)}</ul>`;
  }

  async #runOne(words: readonly string[]): Promise<number | null> {
    const command: StartedCommand = { words, exitCode: undefined, lastLine: '' };
    this.#commands.push(command);
    this.#changes++;
    const child = this.#spawn(words);
    this.#children.add(child);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      command.lastLine = text.trimEnd().split('\n').at(-1) ?? '';
    });
    const [code] = await once(child, 'close');
    this.#children.delete(child);
    command.exitCode = typeof code === 'number' ? code : null;
    this.#changes++;
    return command.exitCode;
  }
}

function endText(exitCode: number | null | undefined): string {
  if (exitCode === undefined) return 'is running';
  return exitCode === 0 ? 'is done' : `ended with ${exitCode ?? 'a signal'}`;
}
