import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Candidate, type Champion, championSchema, type Decision } from '../../../pipeline/models/champion.ts';
import { ChampionMoved, ChampionStore } from '../../../pipeline/models/champion-store.ts';
import { championKey, championMoveKey } from '../../../tasks/artifacts/artifact-keys.ts';
import type { ObjectStore } from '../../../tasks/artifacts/stores/object-store.ts';
import {
  Actor,
  contentNumber,
  type Objects,
  reachableStates,
  type State,
  traceOf,
} from '../../support/interleavings.ts';
import { contentEtag, MemoryStore } from '../../support/memory-store.ts';

/**
 * Every interleaving of the store operations of those who move the champion, by the real code; a crash is an actor whose turn
 * never comes again. What is found to hold, wherever all stop: the moves in the history are numbered without a gap, each follows
 * the one before it, `champion.json` is the last of them or the one before the last; who says that it moved the champion
 * stands in the history, once; and whoever comes next can move it.
 */

const dag = 'dag';

interface Outcome {
  readonly says: 'moved' | 'was late';
  readonly number?: number;
  readonly winner?: string;
}

const anna = mover('anna');
const ben = mover('ben');
const leader = mover('leader');

const starts = {
  'no champion': async (store: MemoryStore) => store,
  'a champion': async (store: MemoryStore) => {
    await move(store, 'first');
    return store;
  },
  'a move that was decided and not carried out': async (store: MemoryStore) => {
    await move(store, 'first');
    const { body } = (await store.get(championKey(dag))) ?? assert.fail();
    const first = Buffer.concat(await Array.fromAsync(body));
    await move(store, 'second');
    await store.put(championKey(dag), first);
    return store;
  },
};

const casts = [
  { name: 'two humans', actors: [anna, ben], lostAnswers: true, stores: ['content', 'unique'], states: 60 },
  {
    name: 'two leaders and a human',
    actors: [anna, ben, leader],
    lostAnswers: false,
    stores: ['content'],
    states: 400,
  },
] as const;

describe('moving the champion', () => {
  for (const { name, actors, lostAnswers, stores, states } of casts) {
    for (const [start, prepare] of Object.entries(starts)) {
      test(`${name}, from ${start}: every interleaving, with crashes, loses no move and decides none twice`, async () => {
        const { objects } = await prepare(new MemoryStore({ etagOf: contentEtag }));
        for (const etags of stores) {
          const world = { objects, actors, conditions: true, etags, lostAnswers, truthOf: () => '' };
          const contents = new Map<number, State<Outcome>>();
          let count = 0;
          for await (const state of reachableStates(world)) {
            count += 1;
            const fault = faultOf(state);
            if (fault) assert.fail(`${fault}:\n${traceOf(state)}`);
            contents.set(contentNumber(state.objects), state);
          }
          assert.ok(count >= states, `only ${count} states were searched, expected at least ${states}`);
          for (const state of contents.values()) await assertMovable(state);
        }
      });
    }
  }
});

function faultOf({ objects, standings }: State<Outcome>): string | undefined {
  const moves = historyOf(objects);
  const champion = read(objects, championKey(dag));
  const unlinked = moves.find(({ before }, i) => before?.sha256 !== moves[i - 1]?.sha256);
  if (unlinked) return `move ${unlinked.number} does not follow the one before it`;
  const lag = moves.length - (champion?.number ?? 0);
  if (lag !== 0 && lag !== 1) return `champion.json is ${lag} moves behind`;
  if (champion && champion.sha256 !== moves[champion.number - 1]?.sha256) return 'champion.json is none of the moves';
  for (const { actor, at } of standings) {
    if ('error' in at) return `${actor.name} threw ${at.error}`;
    const mine = moves.filter(({ decidedBy }) => decidedBy === actor.name);
    if (at.outcome?.says === 'moved' && mine.length !== 1)
      return `${actor.name} says that it moved, ${mine.length} times`;
    if (at.outcome?.says === 'was late' && mine.length > 0) return `${actor.name} says that it was late, and moved`;
    if (at.outcome?.winner === actor.name) return `${actor.name} was late to itself`;
  }
  return undefined;
}

/** No dead end: after any crash the next one moves, and carries out what was decided. */
async function assertMovable(state: State<Outcome>): Promise<void> {
  const store = new MemoryStore({ etagOf: contentEtag }, new Map(state.objects));
  const decided = historyOf(state.objects).length;
  const outcomes = [await move(store, 'next'), await move(store, 'again')];
  const moved = outcomes.filter(({ says }) => says === 'moved').length;
  assert.ok(moved >= 1, `no one could move it after:\n${traceOf(state)}`);
  const history = await new ChampionStore(store, dag).history();
  assert.equal(history.length, decided + moved, traceOf(state));
  assert.deepEqual(await new ChampionStore(store, dag).read(), history.at(-1), traceOf(state));
}

function mover(name: string): Actor<Outcome> {
  return new Actor(name, (store) => move(store, name), 0);
}

/** As the command does: looks, then moves over what it saw. */
async function move(store: ObjectStore, name: string): Promise<Outcome> {
  const champions = new ChampionStore(store, dag);
  try {
    const seen = await champions.read();
    const { number } = await champions.move(candidate(name), decision(name), seen);
    return { says: 'moved', number };
  } catch (error) {
    if (error instanceof ChampionMoved)
      return { says: 'was late', winner: /by (\w+) at/.exec(error.message)?.[1] ?? '' };
    throw error;
  }
}

function candidate(name: string): Candidate {
  return {
    timestamp: '20240101T000000',
    runId: 'scheduled__2024-01-01T00:00:00+00:00',
    model: `dag/train_model/${name}.onnx`,
    sha256: name,
    scores: { accuracy: 0.9 },
  };
}

function decision(name: string): Decision {
  return { reason: 'it is better', decidedBy: name, decidedAt: '2024-02-01T00:00:00.000Z' };
}

function historyOf(objects: Objects): Champion[] {
  const moves: Champion[] = [];
  for (
    let move = read(objects, championMoveKey(dag, 1));
    move;
    move = read(objects, championMoveKey(dag, moves.length + 1))
  )
    moves.push(move);
  const all = [...objects.keys()].filter((key) => key.includes('/history/')).length;
  assert.equal(moves.length, all, 'the history has a gap');
  return moves;
}

function read(objects: Objects, key: string): Champion | undefined {
  const object = objects.get(key);
  return object && championSchema.parse(JSON.parse(Buffer.from(object.bytes).toString()));
}
