import { once } from 'node:events';
import { connect } from 'node:net';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { PipelineSettings } from '../settings/pipeline-settings.ts';
import { check, type Finding } from './finding.ts';

/** Who is alerted, what pages when no wake-up comes, and where metrics go. */
export async function examineMonitoring(settings: PipelineSettings): Promise<Finding[]> {
  const { ALERT_WEBHOOK_URL, ALERT_COMMAND, HEARTBEAT_URL, PUSHGATEWAY_URL, METRICS_FILE } = settings;
  const channels = [...(ALERT_WEBHOOK_URL ? ['a webhook'] : []), ...(ALERT_COMMAND ? ['a command'] : [])];
  const alerts = await check(
    'alerts',
    () => reachableHost(ALERT_WEBHOOK_URL),
    () =>
      channels.length > 0
        ? `by ${channels.join(' and ')}`
        : 'no one is alerted: set ALERT_WEBHOOK_URL or ALERT_COMMAND',
  );
  const heartbeat = await check(
    'heartbeat',
    () => reachableHost(HEARTBEAT_URL),
    () => (HEARTBEAT_URL ? 'set' : 'none: no one notices when no wake-up comes; set HEARTBEAT_URL'),
  );
  const places = [...(PUSHGATEWAY_URL ? ['a Pushgateway'] : []), ...(METRICS_FILE ? [METRICS_FILE] : [])];
  const metrics = await check(
    'metrics',
    () => reachableHost(PUSHGATEWAY_URL),
    () =>
      places.length > 0 ? `published to ${places.join(' and ')}` : 'not published: set PUSHGATEWAY_URL or METRICS_FILE',
  );
  return [alerts.finding, heartbeat.finding, metrics.finding];
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
