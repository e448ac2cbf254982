import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { PipelineSettings } from '../settings/pipeline-settings.ts';
import { check, type Finding } from './finding.ts';

/** Who is alerted, what pages when no wake-up comes, and where metrics go. */
export async function examineMonitoring(settings: PipelineSettings): Promise<Finding[]> {
  const { ALERT_WEBHOOK_URL, ALERT_COMMAND, HEARTBEAT_URL, PUSHGATEWAY_URL, METRICS_FILE } = settings;
  return [
    await examine(
      'alerts',
      { 'by a webhook': ALERT_WEBHOOK_URL, 'by a command': ALERT_COMMAND },
      'no one is alerted: set ALERT_WEBHOOK_URL or ALERT_COMMAND',
      ALERT_WEBHOOK_URL,
    ),
    await examine(
      'heartbeat',
      { set: HEARTBEAT_URL },
      'none, so no one notices when no wake-up comes: set HEARTBEAT_URL',
      HEARTBEAT_URL,
    ),
    await examine(
      'metrics',
      { 'pushed to a Pushgateway': PUSHGATEWAY_URL, 'written to METRICS_FILE': METRICS_FILE },
      'not published: set PUSHGATEWAY_URL or METRICS_FILE',
      PUSHGATEWAY_URL,
      METRICS_FILE,
    ),
  ];
}

/** @param ways what is said of each setting that is set */
async function examine(
  checked: string,
  ways: Readonly<Record<string, string | undefined>>,
  absence: string,
  address: string | undefined,
  file?: string,
): Promise<Finding> {
  const used = Object.keys(ways).filter((way) => ways[way]);
  if (used.length === 0) return { checked, isWell: true, isAbsent: true, found: absence };
  const { finding } = await check(
    checked,
    async () => {
      await reachableHost(address);
      await writableDirectory(file);
    },
    () => used.join(' and '),
  );
  return finding;
}

async function writableDirectory(file: string | undefined): Promise<void> {
  if (!file) return;
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw new Error(
      `METRICS_FILE ${file} cannot be written (${messageOf(error)}): make its directory, or let this user write there`,
    );
  }
}

/** Connects only: a request might count as an alert or a ping. The address may hold a token, and is not repeated. */
async function reachableHost(address: string | undefined): Promise<void> {
  if (!address) return;
  const { hostname, port, protocol } = new URL(address);
  const socket = connect(Number(port) || (protocol === 'https:' ? 443 : 80), hostname.replace(/^\[|\]$/g, ''));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    throw new Error(`its host cannot be reached (${messageOf(error)}): check the URL and what the network allows`);
  } finally {
    socket.destroy();
  }
}
