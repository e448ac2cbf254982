import { logKey } from '../../tasks/artifacts/artifact-keys.ts';
import type { placeholders } from '../settings/monitoring-settings.ts';
import type { Alert } from './alert.ts';

type Message = Readonly<Record<(typeof placeholders)[number], string>>;

/** An alert as it is sent: `text` for people, escaped as Slack wants it; the rest for machines, as it is. */
export function messageOf(alert: Alert, dagId: string): Message {
  const { event, runId, taskId = '', reason, attempts, timestamp } = alert;
  const what = taskId ? `${taskId} of run ${runId}` : `run ${runId}`;
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
    logKey:
      taskId && attempts ? logKey(dagId, runId, taskId, attempts) : timestamp && `${dagId}/runs/${timestamp}/run.json`,
  };
}

/** What is posted: the message, or the template with its placeholders filled in. */
export function bodyOf(message: Message, template: unknown): string {
  return JSON.stringify(template === undefined ? message : filled(template, message));
}

const words: Readonly<Record<Alert['event'], string>> = {
  failed: 'failed',
  retried: 'is retried',
  recovered: 'has recovered',
  late: 'is late',
  stuck: 'is stuck',
  slower: 'has become slower',
  'on-demand': 'has left the spot nodes',
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
