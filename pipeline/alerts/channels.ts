import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AlertSettings } from '../settings/alert-settings.ts';
import type { Alert } from './alert.ts';
import { bodyOf, messageOf } from './alert-message.ts';

/** A way that alerts take. */
export interface Channel {
  readonly name: 'webhook' | 'command';
  /** @throws Error whose message is safe to log: it repeats neither address, token nor answer */
  send(alert: Alert): Promise<void>;
}

/** What is recorded after it fits into the 5 s that a run may be held up. */
export const sendSeconds = 4;

export function channelsOf(settings: AlertSettings, dagId: string): Channel[] {
  const { ALERT_WEBHOOK_URL: url, ALERT_COMMAND: command, ALERT_TEMPLATE: template } = settings;
  const bodyFor = (alert: Alert) => bodyOf(messageOf(alert, dagId), template);
  return [
    ...(url ? [{ name: 'webhook', send: (alert: Alert) => post(url, bodyFor(alert)) } as const] : []),
    ...(command ? [{ name: 'command', send: (alert: Alert) => runProgram(command, bodyFor(alert)) } as const] : []),
  ];
}

async function post(url: string, body: string): Promise<void> {
  await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

/** A request that takes 4 s at most; a redirect is a failure, since a secret must not go to another host. */
export async function request(url: string, init: RequestInit = {}): Promise<void> {
  const { status, body } = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(sendSeconds * 1000),
  }).catch((error) => {
    throw new Error(reasonOf(error));
  });
  await body?.cancel();
  if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${sendSeconds} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'it cannot be reached';
}

/** The program gets no more of our environment than a path. */
async function runProgram(command: string, body: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const program = spawn(command, {
    shell: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: sendSeconds * 1000,
  });
  // a program that does not read its stdin is fine
  program.stdin.on('error', () => {});
  program.stdin.end(body);
  const [code, signal] = await once(program, 'close');
  if (code !== 0) throw new Error(signal ? `no end within ${sendSeconds} s` : `it exited with ${code}`);
}
