import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { clusterSettings } from '../../pipeline/settings/cluster-settings.ts';
import { monitoringSettings } from '../../pipeline/settings/monitoring-settings.ts';
import { policyName, policySettings, readinessSettings } from '../../pipeline/settings/pipeline-settings.ts';
import { promotionSettings } from '../../pipeline/settings/promotion-settings.ts';
import { datasetSchema } from '../../tasks/dataset/dataset-schema.ts';
import { factsOf, settingText } from '../../tasks/runtime/setting-facts.ts';
import {
  artifactSettings,
  attemptSettings,
  databaseSettings,
  storeSettings,
  workSettings,
} from '../../tasks/runtime/settings.ts';

interface Group {
  readonly title: string;
  readonly shape: z.ZodRawShape;
}

const { EXECUTION_TIMEOUT_SECONDS: _, ...ownAttemptSettings } = attemptSettings;

/** Every setting, as it is declared. */
export const groups: readonly Group[] = [
  { title: 'The object store', shape: storeSettings },
  { title: 'The database', shape: databaseSettings },
  { title: 'What is made: a change makes the artifacts that depend on it again', shape: artifactSettings },
  { title: 'How tasks work: changes no byte', shape: workSettings },
  { title: 'Retries and limits: the numbers of the DAG', shape: policySettings },
  { title: 'What a run waits for', shape: readinessSettings },
  { title: 'Which model is to be used', shape: promotionSettings },
  { title: 'Alerts, heartbeat, metrics and pages', shape: monitoringSettings },
  { title: 'An attempt, set by the orchestrator', shape: ownAttemptSettings },
  { title: 'A cluster', shape: clusterSettings },
];

export const settingNames: ReadonlySet<string> = new Set(groups.flatMap(({ shape }) => Object.keys(shape)));

/** `docs/settings.md` */
export function settingsPage(): string {
  const tables = groups.map(({ title, shape }) => {
    const rows = Object.entries(shape).map(([name, schema]) => rowOf(name, schema));
    return `## ${title}\n\n| name | default | meaning |\n|---|---|---|\n${rows.join('')}`;
  });
  return `# Settings

Settings are environment variables; an empty one counts as unset. All faults are reported together, with exit code 64
(\`doctor\` names them and exits 1); a name of several words, or with PG, that is one letter off is a fault too. The orchestrator's settings are the truth: it writes those that decide
artifacts into each attempt. This page is made by \`npm run docs\` from the declarations in \`tasks/runtime/settings.ts\` and
\`pipeline/settings/\`.

${tables.join('\n')}`;
}

function rowOf(name: string, schema: unknown): string {
  const { help, decides, isSecret } = factsOf(schema);
  const decided = decides ? ` Decides ${decides.join(', ')}.` : '';
  const secret = isSecret ? ' Secret: never shown or logged.' : '';
  return `| \`${name}\` | ${defaultOf(name, schema)} | ${help}${rangeOf(schema)}${decided}${secret} |\n`;
}

/** What the declaration says of a value that is none: ` A whole number from 1 to 10000.` */
function rangeOf(schema: unknown): string {
  const { error } = schema instanceof z.ZodType ? schema.safeParse('\0') : {};
  const [text = ''] = /(?<=^must be ).*\bnumber\b.*/.exec(error?.issues[0]?.message ?? '') ?? [];
  return text && ` ${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

function defaultOf(name: string, schema: unknown): string {
  const text = defaultText(name, schema);
  return text === undefined ? '' : `\`${text}\``;
}

function defaultText(name: string, schema: unknown): string | undefined {
  const byDag: Readonly<Record<string, unknown>> = creditDefaultDag.policy;
  if (policyName(name) in byDag) return settingText(byDag[policyName(name)]);
  const parsed = schema instanceof z.ZodType ? schema.safeParse(undefined) : undefined;
  const value: unknown = parsed?.data;
  return value === undefined || typeof value === 'object' ? undefined : settingText(value);
}

const composeOnly = `# Settings of compose.yaml. Copy to .env and change what you like: everything here is a default, and may be left out.
# What your shell exports wins over .env. Made by \`npm run docs\`.

# --- what is built and run
IMAGE_PREFIX=credit-default-pipeline    # a registry of yours, as ghcr.io/you/credit-default-pipeline, for pushing and pulling
IMAGE_TAG=local
SEED_ROWS=2000                          # loans made up for an empty table
`;

/** `.env.example`: the settings that compose passes on, with its own defaults where it has some. */
export function envExample(compose = readFileSync('compose.yaml', 'utf8')): string {
  const sections = groups.slice(0, -1).flatMap(({ title, shape }) => {
    const lines = Object.entries(shape).flatMap(([name, schema]) => envLine(name, schema, compose));
    return lines.length > 0 ? [`\n# --- ${title}\n${lines.join('')}`] : [];
  });
  return `${composeOnly}${sections.join('')}`;
}

function envLine(name: string, schema: unknown, compose: string): string[] {
  const passed = new RegExp(`^ +${name}:(?: \\$\\{${name}:-(.*)\\})?$`, 'm').exec(compose);
  if (!passed) return [];
  const [, byCompose] = passed;
  const assignment = byCompose === undefined ? `#${name}=${defaultText(name, schema) ?? ''}` : `${name}=${byCompose}`;
  return [`${assignment.padEnd(39)} # ${factsOf(schema).help.replaceAll('`', '')}\n`];
}

/** `docs/dataset.schema.json`, for editors. */
export function datasetSchemaText(): string {
  const schema = z.toJSONSchema(datasetSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'A dataset of credit-default-pipeline', ...schema }, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync('docs/dataset.schema.json', datasetSchemaText());
  writeFileSync('docs/settings.md', settingsPage());
  writeFileSync('.env.example', envExample());
}
