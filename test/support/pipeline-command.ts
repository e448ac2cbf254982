import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The run that these tests work for: a date on the grid, long past. */
export const logicalDate = '2024-01-01';

/** Small and fast, with retries at once. */
export const quickSettings = { N_ESTIMATORS: '5', RETRY_DELAY_SECONDS: '0', NO_COLOR: '1' } as const;

export interface PipelineCommand {
  readonly child: ChildProcess;
  /** Everything said so far, stdout and stderr. */
  readonly said: () => string;
  /** What it has printed so far, stdout alone. */
  readonly printed: () => string;
  /** Resolves once something said matches; rejects when the command ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** `node pipeline/cli.ts …` (or another entrypoint) as a real process. */
export function startCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  entrypoint = 'pipeline/cli.ts',
): PipelineCommand {
  const env = { ...process.env, ...quickSettings, ...environment };
  const child = spawn(process.execPath, [join(root, entrypoint), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let printed = '';
  const collect = (text: string) => {
    said += text;
    child.emit('said');
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    collect(text);
  });
  child.stderr.setEncoding('utf8').on('data', collect);
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const until = async (pattern: RegExp) => {
    const hasEnded = ended.then((code) => {
      if (!pattern.test(said)) throw new Error(`ended with ${code} before it said ${pattern}:\n${said}`);
    });
    while (!pattern.test(said)) await Promise.race([once(child, 'said'), hasEnded]);
    hasEnded.catch(() => {});
  };
  return { child, said: () => said, printed: () => printed, until, ended };
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  entrypoint?: string,
): Promise<{ readonly code: number | string; readonly said: string; readonly printed: string }> {
  const command = startCommand(args, environment, entrypoint);
  return { code: await command.ended, said: command.said(), printed: command.printed() };
}

/** Process ids of the living children of a process whose command line names `entrypoint`. */
export async function childrenOf(pid: number, entrypoint: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (candidate) => ((await isChild(candidate, pid, entrypoint)) ? [candidate] : [])),
  );
  return found.flat();
}

async function isChild(candidate: number, parent: number, entrypoint: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${candidate}/stat`, 'utf8');
    const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return ppid === parent && (await readFile(`/proc/${candidate}/cmdline`, 'utf8')).includes(entrypoint);
  } catch {
    return false; // gone in the meantime
  }
}

/** The sha256 of every artifact below a directory store, by key; markers, logs and records are not artifacts. */
export async function artifactHashes(store: string): Promise<Record<string, string>> {
  const files = await readdir(store, { recursive: true, withFileTypes: true });
  const keys = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(store.length + 1))
    .filter((key) => /^credit_default_pipeline\/(create|fetch|train|evaluate)/.test(key) && !key.endsWith('.SUCCESS'))
    .sort();
  const hashes = await Promise.all(keys.map(async (key) => [key, await sha256Of(join(store, key))] as const));
  return Object.fromEntries(hashes);
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
