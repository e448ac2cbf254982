import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, mock, test } from 'node:test';
import { AttemptArtifacts, InputRefused } from '../../../tasks/artifacts/attempt-artifacts.ts';
import { LostRace } from '../../../tasks/artifacts/publication.ts';
import type { ObjectStore } from '../../../tasks/artifacts/stores/object-store.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import type { Progress } from '../../support/actor.ts';
import {
  Actor,
  contentNumber,
  type Objects,
  reachableStates,
  type Standing,
  type State,
  traceOf,
  type World,
} from '../../support/interleavings.ts';
import { contentEtag, holds, MemoryStore, type StoredBytes } from '../../support/memory-store.ts';
import { settings } from '../../support/publish-outputs.ts';
import { begin, chunksOf, keyOf, markerKeyOf, setOver } from '../../support/publishing.ts';

/**
 * Every interleaving of the store operations of attempts that publish the same artifact, and of those who look on, by
 * the real code; a crash is an actor whose turn never comes again. What is found to hold:
 *
 * - A look is not atomic: it sees the marker at one moment and the artifact at a later one. Yet among two attempts,
 *   each claim that bytes are published (an attempt that returns, a reader that came to the end, `arePublished`) is
 *   right about some moment since it began: they and their marker stood together. Among three this is so of the attempts,
 *   in a store like S3; of the others not, for other bytes may have stood there when the marker was read, and the
 *   right ones be put back before they are looked at.
 * - With conditional writes, published bytes are replaced by others only by an attempt that saw them when it began, and
 *   that saw no marker for them when it last looked, or saw it when it began already (as under `--force`).
 * - An attempt loses the race only if nothing was published for a moment since it began.
 * - After any of this, a lone attempt that comes to its end publishes.
 */

interface Outcome {
  readonly says: 'published' | 'lost race' | 'read' | 'refused' | 'yes' | 'no';
  readonly body?: string;
}

// of one size, so that no look at the size stands in for a look at the bytes
const bodies = ['old.', 'red.', 'blue', 'late'];

const nothing = 'nothing';

const artifact = keyOf('loans');
const marker = markerKeyOf('loans');

const red = writer('red', 'red.', 1);
const redAgain = writer('red again', 'red.', 2);
const blue = writer('blue', 'blue', 3);
const reader = new Actor('reader', read, 1);
const judge = new Actor('judge', look, 1);

const starts = {
  'an empty store': async (store: MemoryStore) => store,
  'an older publication': async (store: MemoryStore) => {
    await publish(store, 'old.', 0);
    return store;
  },
  'an artifact without a marker': async (store: MemoryStore) => {
    await publish(store, 'red.', 0);
    await store.delete(marker);
    return store;
  },
};

const likeS3 = { conditions: true, etags: 'content' } as const;
const everyStore = [
  likeS3,
  { conditions: true, etags: 'unique' },
  { conditions: false, etags: 'content' },
  { conditions: false, etags: 'unique' },
] as const;

/** `states`: fewer would mean that the search has lost its way. */
const casts = [
  { name: 'two attempts', actors: [red, blue], lostAnswers: true, states: 300 },
  { name: 'two attempts with the same bytes', actors: [red, redAgain], lostAnswers: true, states: 100 },
  { name: 'two attempts and a reader', actors: [red, blue, reader], states: 1000 },
  { name: 'two attempts with the same bytes and a reader', actors: [red, redAgain, reader], states: 500 },
  { name: 'two attempts and a judge', actors: [red, blue, judge], states: 1000 },
  { name: 'two attempts with the same bytes and a judge', actors: [red, redAgain, judge], states: 500 },
  { name: 'three attempts', actors: [red, redAgain, blue], stores: [likeS3], states: 40_000 },
];

describe('publishing the same artifact', () => {
  before(() => mock.timers.enable({ apis: ['Date'] }));

  for (const { name, actors, lostAnswers = false, stores = everyStore, states } of casts) {
    for (const [start, prepare] of Object.entries(starts)) {
      test(`${name}, from ${start}: every interleaving, with crashes, keeps what publishing promises`, async () => {
        const { objects } = await prepare(new MemoryStore({ etagOf: contentEtag }));
        for (const kind of stores) {
          const count = await search({ objects, actors, ...kind, lostAnswers, truthOf });
          assert.ok(count >= states, `only ${count} states were searched, expected at least ${states}`);
        }
      });
    }
  }
});

/** Fails at the nearest state that is wrong; returns how many there were. */
async function search(world: World<Outcome>): Promise<number> {
  const contents = new Map<number, State<Outcome>>();
  let count = 0;
  for await (const state of reachableStates(world)) {
    count += 1;
    for (const standing of state.standings) {
      const fault = faultOf(standing) ?? (world.conditions ? faultOfWrite(standing, state) : undefined);
      if (fault) assert.fail(`${standing.actor.name} ${fault}:\n${traceOf(state)}`);
    }
    const content = contentNumber(state.objects);
    if (!contents.has(content)) contents.set(content, state);
  }
  for (const state of contents.values()) await assertPublishable(world, state);
  return count;
}

function faultOf({ at, witnessed }: Standing<Outcome>): string | undefined {
  if ('error' in at) return `threw ${at.error}`;
  if (at.pending) return undefined;
  if (!at.outcome) return 'waits for nothing';
  if (!witnessed) return undefined;
  const { says, body = bodyNamedBy(found(at, 'get', marker)[0]) } = at.outcome;
  if (says === 'lost race') return witnessed.includes(nothing) ? undefined : 'lost, though one was published all along';
  const isClaim = says === 'published' || says === 'read' || says === 'yes';
  return isClaim && !witnessed.includes(body) ? `found "${body}" published, which it never was` : undefined;
}

/** Published bytes may be replaced by others only by an attempt that could know no better. */
function faultOfWrite({ at }: Standing<Outcome>, { objects, truth }: State<Outcome>): string | undefined {
  const replaced = objects.get(artifact);
  if (at.pending?.type !== 'put' || at.pending.key !== artifact || !holds(at.pending.condition, replaced))
    return undefined;
  if (truth === nothing || truth === text(at.pending.bytes)) return undefined;
  if (found(at, 'head', artifact)[0]?.etag !== replaced?.etag) return 'replaces published bytes put since it began';
  const [noted, ...later] = found(at, 'head', marker).map((object) => object?.etag);
  const vouching = objects.get(marker)?.etag;
  return vouching !== noted && later.includes(vouching) ? 'replaces bytes that it saw published' : undefined;
}

/** No dead end: after any crash a lone attempt publishes, and every reader sees it. */
async function assertPublishable({ conditions, etags }: World<Outcome>, state: State<Outcome>): Promise<void> {
  for (const body of ['red.', 'late']) {
    const behaviour = { conditions, ...(etags === 'content' && { etagOf: contentEtag }) };
    const store = new MemoryStore(behaviour, new Map(state.objects));
    const outcomes = [await publish(store, body, 9), await look(store), await read(store)];
    const expected = [{ says: 'published', body }, { says: 'yes' }, { says: 'read', body }];
    assert.deepEqual(outcomes, expected, `a lone attempt after:\n${traceOf(state)}`);
  }
}

function writer(name: string, body: string, number: number): Actor<Outcome> {
  // beginning is two looks
  return new Actor(name, (store) => publish(store, body, number), 2);
}

async function publish(store: ObjectStore, body: string, number: number): Promise<Outcome> {
  const attempt = await begin(store, 'loans', settings, number);
  try {
    const published = await attempt.publish('loans', chunksOf(body));
    return { says: 'published', body: bodyOf(published.sha256) };
  } catch (error) {
    if (error instanceof LostRace) return { says: 'lost race' };
    throw error;
  }
}

async function read(store: ObjectStore): Promise<Outcome> {
  const downstream = await AttemptArtifacts.begin(setOver(store), [], parametersOf(settings), {
    task: 'train_model',
    number: 1,
  });
  try {
    const chunks = await Array.fromAsync(await downstream.read('loans'));
    return { says: 'read', body: Buffer.concat(chunks).toString() };
  } catch (error) {
    if (error instanceof InputRefused) return { says: 'refused' };
    throw error;
  }
}

async function look(store: ObjectStore): Promise<Outcome> {
  return { says: (await setOver(store).arePublished(['loans'], parametersOf(settings), 'etag')) ? 'yes' : 'no' };
}

/** The body that stands beside a marker naming it. */
function truthOf(objects: Objects): string {
  const standing = objects.get(artifact);
  return standing && bodyNamedBy(objects.get(marker)) === text(standing.bytes) ? text(standing.bytes) : nothing;
}

function bodyNamedBy(object: StoredBytes | undefined): string {
  return object ? bodyOf(JSON.parse(text(object.bytes)).sha256) : nothing;
}

function bodyOf(sha256: string): string {
  return bodies.find((body) => createHash('sha256').update(body).digest('hex') === sha256) ?? 'other bytes';
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** What the actor was answered each time it asked for this. */
function found({ asked, answers }: Progress<Outcome>, type: string, key: string): (StoredBytes | undefined)[] {
  return asked.flatMap((operation, index) => {
    const answer = answers[index];
    const isThis = operation.type === type && operation.key === key;
    return isThis && answer && answer !== 'refused' && 'found' in answer ? [answer.found] : [];
  });
}
