import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { MonitoringSettings } from '../settings/monitoring-settings.ts';
import type { Alert } from './alert.ts';
import { bodyOf, type Origin } from './alert-message.ts';
import { request, sendSeconds } from './request.ts';

/** A way that alerts take. */
export interface Channel {
  readonly name: 'webhook' | 'command';
  /** @throws Error whose message is safe to log: it repeats neither address, token nor answer */
  send(alert: Alert): Promise<void>;
}

export function channelsOf(settings: MonitoringSettings, origin: Origin): Channel[] {
  const { ALERT_WEBHOOK_URL: url, ALERT_COMMAND: command, ALERT_TEMPLATE: template } = settings;
  const bodyFor = (alert: Alert) => bodyOf(alert, origin, template);
  return [
    ...(url ? [{ name: 'webhook', send: (alert: Alert) => post(url, bodyFor(alert)) } as const] : []),
    ...(command ? [{ name: 'command', send: (alert: Alert) => runProgram(command, bodyFor(alert)) } as const] : []),
  ];
}

async function post(url: string, body: string): Promise<void> {
  await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
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
  program.stdin.end(`${body}\n`);
  const [code, signal] = await once(program, 'close');
  if (code !== 0)
    throw new Error(
      signal ? `no end within ${sendSeconds} s` : `it exited with ${code}${code === 127 ? ', no such program' : ''}`,
    );
}
