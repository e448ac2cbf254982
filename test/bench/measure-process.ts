import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface Measured {
  readonly seconds: number;
  readonly peakMegabytes: number;
}

const memoryReport = join(import.meta.dirname, 'report-peak-memory.ts');

/** A script of this project as a process of its own, from its start to its end. */
export function measureNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return measureProcess(process.execPath, ['--import', memoryReport, ...args], env);
}

/** What a process took, and what it printed. */
export interface Ended extends Measured {
  readonly printed: string;
}

/** A process that reports its peak of memory on fd 3. */
export async function measureProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const started = performance.now();
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const said = [child.stdio[1], child.stdio[3]].map((stream) => (stream instanceof Readable ? text(stream) : ''));
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - started) / 1000;
  const [printed = '', peak] = await Promise.all(said);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}`);
  return { seconds, peakMegabytes: Number(peak) / 1024, printed };
}

/** The same process, but the time that it printed. */
export function asItPrinted({ printed, peakMegabytes }: Ended): Measured {
  return { seconds: Number(printed), peakMegabytes };
}
