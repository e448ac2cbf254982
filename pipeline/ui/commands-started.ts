import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { type Html, html } from '../../tasks/runtime/html.ts';

/**
 * Runs a command to its end, when its reader waits no longer: as a process or, in a cluster, as a Job. Returns its exit
 * code; `onLine` gets what it says.
 */
export type RunCommand = (
  words: readonly string[],
  onLine: (line: string) => void,
  signal: AbortSignal,
) => Promise<number>;

interface StartedCommand {
  readonly words: readonly string[];
  exitCode: number | undefined;
  lastLine: string;
}

const shown = 5;

/** The commands that the page's reader has started, and how they ended. */
export class CommandsStarted {
  readonly #runCommand: RunCommand;
  readonly #commands: StartedCommand[] = [];
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #changes = 0;

  constructor(runCommand: RunCommand) {
    this.#runCommand = runCommand;
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

  /** No longer waits for those that go on: what they do with that is theirs. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#running);
  }

  list(): Html {
    if (this.#commands.length === 0) return html``;
    const items = this.#commands.slice(-shown).toReversed();
    return html`<ul class="started" aria-label="Started from here">${items.map(({ words, exitCode, lastLine }) => html`<li><code>npx pipeline ${words.join(' ')}</code> ${endText(exitCode)} <span class="note">${exitCode === 0 ? '' : lastLine}</span></li>`)}</ul>`;
  }

  async #runOne(words: readonly string[]): Promise<number> {
    const command: StartedCommand = { words, exitCode: undefined, lastLine: '' };
    const onLine = (line: string) => {
      command.lastLine = line;
    };
    this.#commands.push(command);
    this.#changes++;
    const running = this.#runCommand(words, onLine, this.#stopped.signal).catch((error: unknown) => {
      onLine(messageOf(error));
      return exitCodes.runFailed;
    });
    this.#running.add(running);
    command.exitCode = await running;
    this.#running.delete(running);
    this.#changes++;
    return command.exitCode;
  }
}

function endText(exitCode: number | undefined): string {
  if (exitCode === undefined) return 'is running';
  return exitCode === 0 ? 'is done' : `ended with ${exitCode}`;
}
