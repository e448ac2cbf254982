import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why there can be no disk of a test's own. */
export const noDisk =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs Linux and root, to mount a file system';

/** A file system in memory, mounted until it is removed. */
export class SmallDisk {
  readonly path: string;

  constructor(path: string, kilobytes: number) {
    this.path = path;
    mkdirSync(path);
    mount('-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path);
  }

  /** By a file of somebody else. */
  fill(kilobytesLeft: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(join(this.path, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - kilobytesLeft * 1024)));
  }

  free(): void {
    rmSync(join(this.path, 'filler'));
  }

  /** From now on nothing is written; waits until no file is open for it. */
  makeReadOnly(): void {
    mount('-o', 'remount,ro', this.path);
  }

  makeWritable(): void {
    mount('-o', 'remount,rw', this.path);
  }

  remove(): void {
    spawnSync('umount', ['--lazy', this.path]);
    rmdirSync(this.path);
  }
}

function mount(...args: readonly string[]): void {
  for (let left = 20; ; left--) {
    const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status === 0) return;
    if (left === 0 || !stderr.includes('busy')) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
