import { z } from 'zod';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { wholeNumber, yesOrNo } from '../../tasks/runtime/environment.ts';
import { setting } from '../../tasks/runtime/setting-facts.ts';

/** What a template may name between `{{` and `}}`. */
export const placeholders = ['text', 'event', 'dag', 'run', 'task', 'reason', 'attempts', 'command', 'logKey'] as const;

const usd = z.number().nonnegative();
const price = z.union([z.strictObject({ vcpuHour: usd, gibHour: usd }), z.strictObject({ nodeHour: usd })]);
const pricesSchema = z.record(z.string(), price);

/** In USD. */
export type Price = Readonly<z.output<typeof price>>;
/** By a node's type, or by placement. */
export type Prices = Readonly<Record<string, Price>>;

const secret = { isSecret: true, attempts: 'never' } as const;

/** Who is alerted of what, where metrics go, and who may act from the pages; no attempt needs it. */
export const monitoringSettings = {
  ALERT_WEBHOOK_URL: setting('Where alerts are posted, as JSON that Slack and Mattermost show.', httpUrl(), secret),
  ALERT_TEMPLATE: setting(
    `The JSON to post instead; its texts may hold ${placeholders.map((name) => `\`{{${name}}}\``).join(', ')}.`,
    template(),
    { attempts: 'never' },
  ),
  ALERT_COMMAND: setting('A shell command that gets each alert as JSON on its stdin.', z.string().optional(), secret),
  ALERT_ON_RETRY: setting(
    "Whether an attempt that failed and is retried is alerted of, as Airflow's `email_on_retry`.",
    yesOrNo().default(false),
    { attempts: 'never' },
  ),
  LATE_AFTER_SECONDS: setting(
    'How long after it was due a run may be unpublished before it is late.',
    wholeNumber(0, 31_536_000).default(86_400),
    { attempts: 'never' },
  ),
  HEARTBEAT_URL: setting(
    'Pinged by wake-ups, in the dialect of healthchecks: a success only once the due run is seen published.',
    httpUrl(),
    secret,
  ),
  PUSHGATEWAY_URL: setting('Where metrics are pushed to at the end of each run and wake-up.', httpUrl(), secret),
  METRICS_FILE: setting(
    "The file that they are written to then, for node_exporter's textfile collector.",
    z
      .string()
      .regex(/\.prom$/, 'must be a path that ends in .prom')
      .optional(),
    { attempts: 'never' },
  ),
  UI_TOKEN: setting(
    'What readers of `ui` must type before anything is done, where others can reach it.',
    z.string().min(8, 'must have 8 characters or more').optional(),
    secret,
  ),
  PRICES: setting(
    'What nodes cost in USD, by placement or type of node, as JSON: `{"spot": {"vcpuHour": 0.01, "gibHour": 0.001}, "on-demand": {"nodeHour": 0.1}}` (default: no money is shown).',
    prices(),
    { attempts: 'never' },
  ),
  ALWAYS_ON_USD_PER_DAY: setting(
    'What an always-on system would cost, to show beside it.',
    z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'must be a number, 0 or more')
      .transform(Number)
      .optional(),
    { attempts: 'never' },
  ),
};

export type MonitoringSettings = Readonly<z.output<z.ZodObject<typeof monitoringSettings>>>;

function httpUrl() {
  return z
    .string()
    .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be an http or https URL')
    .optional();
}

function prices() {
  return z
    .string()
    .transform((text, context): Prices => {
      const parsed = pricesSchema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue(
        'must be JSON with spot, on-demand or types of nodes, each with vcpuHour and gibHour, or with nodeHour',
      );
      return z.NEVER;
    })
    .optional();
}

function template() {
  return z
    .string()
    .transform((text, context): unknown => {
      const content = parseJson(text);
      const unknown = [...text.matchAll(/\{\{\s*(\w*)\s*\}\}/g)].filter(([, name]) => !isPlaceholder(name ?? ''));
      if (content === undefined) context.addIssue('must be JSON');
      if (unknown.length > 0) context.addIssue(`must have no other placeholders than ${placeholders.join(', ')}`);
      return content;
    })
    .optional();
}

function isPlaceholder(name: string): boolean {
  return placeholders.some((known) => known === name);
}
