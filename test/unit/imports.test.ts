import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Rooms by their folders (one is a file); a file belongs to the longest that matches. Imports run only downward. */
const levels: Readonly<Record<string, number>> = {
  pipeline: 12,
  'pipeline/commands': 11,
  'pipeline/ui': 10,
  'pipeline/pages': 9,
  'pipeline/demo': 8,
  'pipeline/executors': 8,
  'pipeline/monitoring': 8,
  tasks: 8,
  'pipeline/settings': 7,
  'pipeline/models': 6,
  'tasks/training': 5,
  'tasks/evaluation': 5,
  'pipeline/orchestrator': 4,
  'tasks/model': 4,
  'tasks/forest': 3,
  'tasks/loans': 3,
  'tasks/profile': 2,
  'tasks/runtime': 2,
  'tasks/dataset': 1,
  'tasks/artifacts': 0,
  // plain data that imports nothing: both sides read it
  'pipeline/credit-default-dag.ts': 0,
};

function roomOf(path: string): string {
  for (let folder = path; folder !== '.'; folder = dirname(folder)) {
    if (folder in levels) return folder;
  }
  throw new Error(`${path} is in no room: give its folder a level`);
}

function levelOf(room: string): number {
  return levels[room] ?? Number.NaN;
}

/** What is wrong with `path` importing `target`, both relative to the repository; undefined when nothing is. */
function faultOf(path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === to) return undefined;
  if (from.startsWith('tasks') && to.startsWith('pipeline') && levelOf(to) > 0)
    return `${path} imports ${target}: a task knows no pipeline`;
  if (levelOf(to) < levelOf(from)) return undefined;
  return `${path} imports ${target}: ${levelOf(to) > levelOf(from) ? 'uphill' : 'sideways'}`;
}

const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.[^']+\.ts)'/g;

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(specifier)].map(([, target = '']) => normalize(join(dirname(path), target)));
}

const files = globSync('{pipeline,tasks}/**/*.ts', { cwd: root }).sort();

test('imports run only downward, never sideways, and never from the tasks to the pipeline', () => {
  const faults = files.flatMap((path) => importsOf(path).map((target) => faultOf(path, target)));
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  );
});

test('the DAG file imports nothing', () => {
  assert.deepEqual(importsOf('pipeline/credit-default-dag.ts'), []);
});

test('a command that asks no cluster does not load the client, which costs more than all the rest', () => {
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path) || !path.endsWith('.ts')) return;
    loaded.add(path);
    for (const target of valueImportsOf(path)) load(target);
  };
  for (const path of files) if (path.startsWith('pipeline/commands/')) load(path);
  const clients = [...loaded].filter((path) =>
    /^import (?!type )[^;]*'@kubernetes\/client-node'/m.test(readFileSync(join(root, path), 'utf8')),
  );
  assert.deepEqual(clients, []);
  assert(loaded.has('pipeline/executors/kubernetes/kubernetes-executor.ts'));
});

/** What is loaded with it: not what gives types alone, or is imported late. */
function valueImportsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^import (?!type )(?:[^;]*from )?'(\.[^']+)'/gm)].map(([, target = '']) =>
    normalize(join(dirname(path), target)),
  );
}

test('imports of all forms are found', () => {
  assert(importsOf('pipeline/command-line.ts').includes('pipeline/orchestrator/lease.ts'));
  assert(importsOf('tasks/artifacts/stores/open-store.ts').includes('tasks/artifacts/stores/s3/s3-store.ts'));
  assert(importsOf('pipeline/orchestrator/executor.ts').includes('tasks/runtime/task.ts'));
});

test('an import that runs uphill, sideways or into the pipeline is a fault', () => {
  assert.match(faultOf('pipeline/orchestrator/a.ts', 'pipeline/executors/b.ts') ?? '', /uphill/);
  assert.match(faultOf('tasks/loans/a.ts', 'tasks/forest/b.ts') ?? '', /sideways/);
  assert.match(faultOf('tasks/forest/a.ts', 'tasks/model/b.ts') ?? '', /uphill/);
  assert.match(faultOf('tasks/fetch-data.ts', 'pipeline/orchestrator/b.ts') ?? '', /no pipeline/);
  assert.equal(faultOf('pipeline/cli.ts', 'tasks/artifacts/b.ts'), undefined);
});

test('the kernel imports nothing but itself', () => {
  for (const path of files.filter((file) => file.startsWith('tasks/forest/'))) {
    const text = readFileSync(join(root, path), 'utf8');
    const outside = [...text.matchAll(/\bfrom '([^']+)'/g)].filter(([, target = '']) => !/^(\.\/|node:)/.test(target));
    assert.deepEqual(outside, [], path);
  }
});
