import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tasks/artifacts/catalogue.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const taskImages = Object.values(catalogue).map(({ entrypoint }) => entrypoint);
export const imageNames = [...taskImages, 'orchestrator', 'pipeline'] as const;

export type ImageName = (typeof imageNames)[number];

const prefix = 'credit-default-pipeline-test';

/** For compose, so that it takes the images under test. */
export const imageSettings = { IMAGE_PREFIX: prefix, IMAGE_TAG: 'test' } as const;

export const baseImage = 'node:24-bookworm-slim';

/** Why tests that need a Docker engine cannot run here. */
export const noEngine = whyNoEngine();

function whyNoEngine(): string | false {
  if (spawnSync('docker', ['compose', 'version']).status !== 0)
    return 'needs docker with its plugin compose: neither is to be found';
  if (spawnSync('docker', ['info']).status === 0) return false;
  return 'needs a running Docker engine: start one, or set DOCKER_HOST';
}

export function imageOf(name: ImageName): string {
  return `${prefix}/${name}:test`;
}

/** The labels of the images under test; the same for every suite, as they share the tags. */
export const buildArguments = { SOURCE: 'https://example.org/pipeline', REVISION: 'abc123', VERSION: '1.2.3' } as const;

/** All of them at once; the engine does what they share but once. */
export async function buildImages(): Promise<void> {
  const labels = Object.entries(buildArguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await Promise.all(
    imageNames.map((name) =>
      dockerOutput(['build', '--file', 'images/Dockerfile', '--target', name, '--tag', imageOf(name), ...labels, '.']),
    ),
  );
}

export interface Docker {
  readonly child: ChildProcess;
  /** Everything said so far, stdout and stderr. */
  readonly said: () => string;
  readonly saidOnStdout: () => string;
  /** Resolves once something said matches; rejects when the command ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A docker command, at the top of the project. */
export function startDocker(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Docker {
  const child = spawn('docker', args, {
    cwd: root,
    env: { ...process.env, ...environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', all: '' };
  const collect = (stream: 'stdout' | 'all') => (text: string) => {
    output[stream] += text;
    child.emit('said');
  };
  child.stdout.setEncoding('utf8').on('data', collect('stdout')).on('data', collect('all'));
  child.stderr.setEncoding('utf8').on('data', collect('all'));
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const until = async (pattern: RegExp) => {
    const hasEnded = ended.then((code) => {
      if (!pattern.test(output.all)) throw new Error(`ended with ${code} before it said ${pattern}:\n${output.all}`);
    });
    while (!pattern.test(output.all)) await Promise.race([once(child, 'said'), hasEnded]);
    hasEnded.catch(() => {});
  };
  return { child, said: () => output.all, saidOnStdout: () => output.stdout, until, ended };
}

/** Runs a docker command to its end. */
export async function runDocker(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | string; readonly said: string }> {
  const docker = startDocker(args, environment);
  return { code: await docker.ended, said: docker.said() };
}

/** What a docker command prints; an Error when it fails. */
export async function dockerOutput(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const docker = startDocker(args, environment);
  const code = await docker.ended;
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${docker.said()}`);
  return docker.saidOnStdout().trim();
}
