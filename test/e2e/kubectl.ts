import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const kubectlTimeoutMs = 120_000;
/** A machine may have to boot. */
const shellTimeoutMs = 600_000;

export class KubectlFailed extends Error {
  override readonly name = 'KubectlFailed';
}

/**
 * What kubectl prints, in the current context.
 * @param input its stdin
 * @throws KubectlFailed with what it says on stderr
 */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  return command('kubectl', args, input, kubectlTimeoutMs);
}

export async function kubectlJson(args: readonly string[], input = ''): Promise<unknown> {
  return JSON.parse(await kubectl([...args, '-o', 'json'], input));
}

/** A command of the shell, called with one argument more. */
export async function shell(line: string, argument: string): Promise<void> {
  await command('sh', ['-c', `${line} "$1"`, 'sh', argument], '', shellTimeoutMs);
}

async function command(program: string, args: readonly string[], input: string, timeout: number): Promise<string> {
  const child = spawn(program, args, { timeout });
  // it may end without having read all
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
  });
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new KubectlFailed(`${program} ${args.join(' ')} ended with ${code}: ${complained.trim()}`);
  return said;
}

const versionSchema = z.object({ serverVersion: z.object({ gitVersion: z.string() }) });

/**
 * The cluster's version; undefined when kubectl reaches no API server.
 * @throws KubectlFailed when it fails for another reason
 */
export async function clusterVersion(): Promise<string | undefined> {
  try {
    return versionSchema.parse(await kubectlJson(['version', '--request-timeout=10s'])).serverVersion.gitVersion;
  } catch (error) {
    // kubectl has one exit code for all: without a server or a kubeconfig it says so
    const isUnreachable = /connection refused|no such host|i\/o timeout|was refused|ENOENT/i;
    if (error instanceof Error && isUnreachable.test(error.message)) return undefined;
    throw error;
  }
}
