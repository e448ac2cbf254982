import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../artifacts/message-of.ts';
import { parseJson } from '../artifacts/parse-json.ts';
import { Dataset } from './dataset.ts';
import { datasetSchema } from './dataset-schema.ts';

/** What a process is started with may not be much longer, and a Job's manifest neither. */
const longestText = 100_000;

/** What keeps a text from being a dataset: every fault, a sentence each. */
export class InvalidDataset extends Error {
  override readonly name = 'InvalidDataset';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

/**
 * The dataset that is described by a file, or by the text itself where it has more than one line or begins with a brace.
 * @throws InvalidDataset
 */
export function readDataset(pathOrText: string): Dataset {
  const isText = /^\s*\{|\n/.test(pathOrText);
  return isText ? parseDataset(pathOrText) : parseDataset(readText(pathOrText));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidDataset([`cannot be read (${messageOf(error)})`]);
  }
}

/**
 * A dataset from YAML or JSON.
 * @throws InvalidDataset
 */
export function parseDataset(text: string): Dataset {
  if (Buffer.byteLength(text) > longestText) throw new InvalidDataset([`must have at most ${longestText} bytes`]);
  const content = parseJson(text) ?? parseYaml(text);
  const hidden = hiddenName(content);
  if (hidden) throw new InvalidDataset([`${hidden} cannot be the name of a column`]);
  const parsed = datasetSchema.safeParse(content);
  if (!parsed.success) throw new InvalidDataset(parsed.error.issues.flatMap(faultsOf));
  const dataset = new Dataset(parsed.data);
  if (Buffer.byteLength(dataset.text) > longestText)
    throw new InvalidDataset([`must have at most ${longestText} bytes`]);
  if (hasSecret(dataset.text))
    throw new InvalidDataset(['must hold no password: it becomes part of the model, which others read']);
  return dataset;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    throw new InvalidDataset([`is neither YAML nor JSON: ${reason.replace(/:$/, '')}`]);
  }
}

/** zod skips it, and so a feature of that name would be lost. */
function hiddenName(content: unknown): string | undefined {
  const name = '__proto__';
  const features = typeof content === 'object' && content !== null && 'features' in content ? content.features : {};
  return typeof features === 'object' && features !== null && Object.hasOwn(features, name) ? name : undefined;
}

function faultsOf(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `has no field ${where ? `${where}.` : ''}${key}`);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${where} ${message}`);
  if (issue.code === 'invalid_type') return [`${where} ${typeFault(issue)}`.trim()];
  return [where ? `${where}: ${issue.message}` : issue.message];
}

const kinds: Readonly<Record<string, string>> = { object: 'a mapping', record: 'a mapping', string: 'a text' };

function typeFault({ expected, message }: z.core.$ZodIssueInvalidType): string {
  if (message.endsWith('received undefined')) return 'is missing';
  return message.startsWith('Invalid input') ? `must be ${kinds[expected] ?? `a ${expected}`}` : message;
}

function hasSecret(text: string): boolean {
  return /:\/\/[^\s/@:"]*:[^\s/@"]+@/.test(text) || /\bpassword\s*=/i.test(text);
}
