import { logKey, runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import type { placeholders } from '../settings/monitoring-settings.ts';
import type { Alert } from './alert.ts';

type Message = Readonly<Record<(typeof placeholders)[number], string>>;

/** Of which pipeline an alert is. */
export interface Origin {
  readonly dagId: string;
  readonly storeUrl: string;
}

/**
 * What is sent: `text` for people, escaped as Slack wants it, the rest for machines, as it is; or the template with its
 * placeholders filled in.
 */
export function bodyOf(alert: Alert, origin: Origin, template?: unknown): string {
  const message = messageOf(alert, origin.dagId);
  if (template !== undefined) return JSON.stringify(filled(template, message));
  return JSON.stringify({ ...message, attempts: alert.attempts ?? null, links: linksOf(alert, message, origin) });
}

function linksOf(
  { timestamp }: Alert,
  { logKey }: Message,
  { dagId, storeUrl }: Origin,
): Readonly<Record<string, string>> {
  return {
    ...(timestamp && { record: `${storeUrl}/${runRecordKey(dagId, timestamp)}` }),
    ...(logKey && { log: `${storeUrl}/${logKey}` }),
  };
}

function messageOf(alert: Alert, dagId: string): Message {
  const { event, runId, taskId = '', reason, attempts } = alert;
  const what = taskId ? `${taskId} of run ${runId}` : runId ? `run ${runId}` : 'this';
  const command = commandOf(alert);
  const advice = command ? ` Next: ${command}` : '';
  return {
    text: slackText(`${dagId}: ${what} ${words[event]}: ${reason}.${advice}`),
    event,
    dag: dagId,
    run: runId,
    task: taskId,
    reason,
    attempts: attempts === undefined ? '' : String(attempts),
    command,
    logKey: taskId && attempts ? logKey(dagId, runId, taskId, attempts) : '',
  };
}

const words: Readonly<Record<Alert['event'], string>> = {
  failed: 'failed',
  retried: 'is retried',
  recovered: 'has recovered',
  late: 'is late',
  'not-ready': 'waits for its data',
  stuck: 'is stuck',
  slower: 'has become slower',
  'on-demand': 'has left the spot nodes',
  rejected: 'succeeded',
  test: 'is a test',
};

/** What to type next. */
function commandOf({ event, timestamp, taskId }: Alert): string {
  if (event === 'test' || event === 'recovered') return '';
  return taskId ? `npx pipeline logs ${timestamp} ${taskId}` : `npx pipeline status ${timestamp}`;
}

/** Slack's three characters, so that a reason makes no link and calls no one. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Replaced in the parsed JSON, so that no value can leave its text. */
function filled(template: unknown, message: Message): unknown {
  if (typeof template === 'string')
    return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => textFor(message, name));
  if (Array.isArray(template)) return template.map((part) => filled(part, message));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, part]) => [name, filled(part, message)]));
}

function textFor(message: Message, name: string): string {
  return Object.entries(message).find(([known]) => known === name)?.[1] ?? '';
}
