import { runLogsPrefix } from '../../tasks/artifacts/artifact-keys.ts';
import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { type LogLine, logLineSchema } from '../../tasks/runtime/log.ts';

/** The end of what one attempt has logged. */
export interface AttemptLog {
  readonly taskId: string;
  readonly attempt: number;
  readonly key: string;
  readonly lines: readonly LogLine[];
  /** How many lines came before. */
  readonly cutLines: number;
}

const shownLines = 200;
/** Of one run, in characters: the logs of its latest attempts are kept longest. */
const shownCharacters = 300_000;
const shownLineCharacters = 2_000;

/** The ends of a run's logs; a log is read again only where it has changed. */
export class AttemptLogs {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  #read = new Map<string, AttemptLog>();

  constructor(store: ObjectStore, dagId: string, runId: string) {
    this.#store = store;
    this.#prefix = runLogsPrefix(dagId, runId);
  }

  async read(): Promise<AttemptLog[]> {
    const found = new Map<string, AttemptLog>();
    for await (const { key, etag } of this.#store.list(this.#prefix)) {
      const [, taskId, attempt] = /task_id=([^/]+)\/attempt=(\d+)\.log$/.exec(key) ?? [];
      if (!taskId || !attempt) continue;
      const version = `${key} ${etag}`;
      const log = this.#read.get(version) ?? { taskId, attempt: Number(attempt), key, ...(await this.#end(key)) };
      found.set(version, log);
    }
    this.#read = found;
    return withinLimit([...found.values()].toSorted((a, b) => a.attempt - b.attempt)).toSorted(byTask);
  }

  /** Changes whenever a log does. */
  async version(): Promise<string> {
    const versions: string[] = [];
    for await (const { key, etag } of this.#store.list(this.#prefix)) versions.push(`${key} ${etag}`);
    return versions.join();
  }

  async #end(key: string): Promise<Pick<AttemptLog, 'lines' | 'cutLines'>> {
    const object = await this.#store.get(key);
    const all = object ? (await readAll(object.body)).toString().trimEnd().split('\n') : [];
    const lines = all.slice(-shownLines).flatMap((line) => logLineSchema.safeParse(parseJson(line)).data ?? []);
    return { lines: lines.map(shortened), cutLines: all.length - lines.length };
  }
}

const orderOf: ReadonlyMap<string, number> = new Map(taskIds.map((taskId, order) => [taskId, order]));

function byTask(a: AttemptLog, b: AttemptLog): number {
  return (orderOf.get(a.taskId) ?? 0) - (orderOf.get(b.taskId) ?? 0);
}

function shortened(line: LogLine): LogLine {
  const { message } = line;
  return message.length <= shownLineCharacters
    ? line
    : { ...line, message: `${message.slice(0, shownLineCharacters)}…` };
}

/** Whole logs of the latest attempts, then no more: an attempt too many leaves only its count of lines. */
function withinLimit(logs: readonly AttemptLog[]): AttemptLog[] {
  let left = shownCharacters;
  const kept = logs.toReversed().map((log) => {
    left -= log.lines.reduce((sum, line) => sum + JSON.stringify(line).length, 0);
    return left >= 0 ? log : { ...log, lines: [], cutLines: log.cutLines + log.lines.length };
  });
  return kept.toReversed();
}
