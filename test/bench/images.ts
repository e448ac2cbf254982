import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { catalogue } from '../../tasks/artifacts/catalogue.ts';
import { buildImages, dockerOutput, type ImageName, imageOf, runDocker, startDocker } from '../support/docker.ts';
import type { BenchOptions } from './bench.ts';
import { median } from './median.ts';

const images = [...Object.values(catalogue).map(({ entrypoint }) => entrypoint), 'orchestrator'] as const;

interface FirstLine {
  readonly seconds: number;
  readonly megabytes: number;
}

/** A closed port, which shows only after the first line. */
const taskFlags = ['AWS_ENDPOINT_URL_S3=http://127.0.0.1:9', 'AWS_ACCESS_KEY_ID=none', 'AWS_SECRET_ACCESS_KEY=none'];
const orchestratorFlags = ['ARTIFACT_STORE=file:///tmp/store'];

/** What each image adds to the base image, compressed; how soon after `docker run` it speaks; what memory it then takes. */
export async function benchImages({ rounds = 7 }: BenchOptions): Promise<void> {
  await buildImages();
  process.stdout.write(`medians of ${rounds} rounds\n`);
  for (const image of images) {
    const bare: FirstLine[] = [];
    const own: FirstLine[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(
        await firstLine(['--entrypoint', 'node', imageOf(image), '-e', 'console.log(0); setTimeout(() => {}, 9e3)']),
      );
      own.push(await firstLine([...flagsOf(image), imageOf(image)]));
    }
    report(image, await compressedBytes(image), bare, own);
  }
}

function flagsOf(image: ImageName): string[] {
  const variables = image === 'orchestrator' ? orchestratorFlags : taskFlags;
  return variables.flatMap((variable) => ['--env', variable]);
}

async function firstLine(args: readonly string[]): Promise<FirstLine> {
  const name = `bench-${randomUUID()}`;
  const started = performance.now();
  const container = startDocker(['run', '--rm', '--name', name, ...args]);
  await container.until(/\n/);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = await residentMegabytes(await dockerOutput(['inspect', '--format', '{{.State.Pid}}', name]));
  await runDocker(['kill', name]);
  await container.ended;
  return { seconds, megabytes };
}

async function residentMegabytes(pid: string): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** Of the one folder that is above the base image, as a registry would keep it. */
async function compressedBytes(image: ImageName): Promise<number> {
  const tar = spawn('docker', ['run', '--rm', '--entrypoint', 'tar', imageOf(image), '-c', '/app'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let bytes = 0;
  await pipeline(tar.stdout, createGzip(), async (chunks) => {
    for await (const chunk of chunks) bytes += chunk.length;
  });
  return bytes;
}

function report(image: ImageName, bytes: number, bare: readonly FirstLine[], own: readonly FirstLine[]): void {
  const seconds = (lines: readonly FirstLine[]) => median(lines.map((line) => line.seconds));
  const megabytes = (lines: readonly FirstLine[]) => median(lines.map((line) => line.megabytes));
  const columns = [
    image.padEnd(14),
    `${(bytes / 1e6).toFixed(2)} MB above the base image`,
    `first line ${(seconds(own) - seconds(bare)).toFixed(2)} s after bare Node's (${seconds(bare).toFixed(2)} s)`,
    `${megabytes(own).toFixed(0)} MB resident (bare Node ${megabytes(bare).toFixed(0)})`,
  ];
  process.stdout.write(`${columns.join('   ')}\n`);
}
