import childProcess from 'node:child_process';
import fs from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { constants } from 'node:os';
import { basename } from 'node:path';
import timers from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/**
 * Stands before a program (`--import`): every write, read, spawn, message and wait of it is a point with a number, counted
 * from outside. At the points that POINTS names it gets a signal, just before or just after. A program that ends of itself
 * adds how many points it had to the file POINTS_COUNTED; each signal is a line of POINTS_STRUCK.
 *
 * POINTS: `train-model 1 37 SIGKILL before`, joined by `;`: entrypoint, attempt (0: none, as of the orchestrator), point,
 * signal, side.
 */
const { POINTS = '', POINTS_COUNTED, POINTS_STRUCK, ATTEMPT = '0' } = process.env;
const { appendFileSync } = fs;

const program = basename(process.argv[1] ?? '').replace(/\.[^.]+$/, '');
const strikes = POINTS.split(';')
  .map((text) => text.split(' '))
  .filter(([entrypoint, attempt]) => entrypoint === program && attempt === ATTEMPT)
  .map(([, , point, signal, side]) => ({ point: Number(point), signal, side }));

let count = 0;

/** One more; what it returns is called once it is over. */
function beginPoint(): () => void {
  const number = ++count;
  const strikeAt = (when: string) => {
    for (const { point, signal, side } of strikes) {
      const known = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
      if (point !== number || side !== when || known === undefined) continue;
      if (POINTS_STRUCK) appendFileSync(POINTS_STRUCK, `${program} ${ATTEMPT} ${number} ${signal}\n`);
      process.kill(process.pid, known);
    }
  };
  strikeAt('before');
  return () => strikeAt('after');
}

/** Each of these functions of the object is a point from now on. */
function countCalls(object: object, names: readonly string[]): void {
  for (const name of names) {
    const act: unknown = Reflect.get(object, name);
    if (typeof act !== 'function') continue;
    Reflect.set(object, name, function (this: unknown, ...args: unknown[]) {
      const end = beginPoint();
      let result: unknown;
      try {
        result = Reflect.apply(act, this, args);
      } catch (error) {
        end();
        throw error;
      }
      if (result instanceof Promise) result.then(end, end);
      else end();
      return result;
    });
  }
}

function countFileHandle(handle: FileHandle): void {
  countCalls(Object.getPrototypeOf(handle), ['appendFile', 'sync', 'read', 'close', 'stat', 'write']);
}

if (isMainThread) {
  const { open } = promises;
  let isHandleKnown = false;
  promises.open = async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    if (!isHandleKnown) countFileHandle(handle);
    isHandleKnown = true;
    return handle;
  };
  countCalls(promises, ['open', 'rename', 'unlink', 'rm', 'mkdir', 'readdir', 'stat', 'readFile', 'writeFile']);
  countCalls(fs, ['mkdirSync', 'renameSync', 'unlinkSync', 'rmdirSync', 'statSync', 'readdirSync', 'utimesSync']);
  countCalls(childProcess, ['spawn']);
  countCalls(timers, ['setTimeout']);
  countCalls(net.Socket.prototype, ['connect', 'write']);
  if (process.send) countCalls(process, ['send']);
  syncBuiltinESMExports();
  if (POINTS_COUNTED) {
    process.on('exit', () => appendFileSync(POINTS_COUNTED, `${program} ${ATTEMPT} ${count}\n`));
  }
}
