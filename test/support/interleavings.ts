import { type Answer, type Behaviour, type Operation, type Progress, replay } from './actor.ts';
import { contentEtag, holds, type StoredBytes } from './memory-store.ts';

export type Objects = ReadonlyMap<string, StoredBytes>;

export interface World<Outcome> {
  readonly objects: Objects;
  readonly actors: readonly Actor<Outcome>[];
  readonly conditions: boolean;
  readonly etags: 'unique' | 'content';
  /** Whether a conditional write may succeed and, tried again by a client that got no answer, be refused by itself. */
  readonly lostAnswers: boolean;
  /** A fact about the store that actors may speak about, as which artifact is published. */
  readonly truthOf: (objects: Objects) => string;
}

export interface State<Outcome> {
  readonly objects: Objects;
  readonly truth: string;
  readonly standings: readonly Standing<Outcome>[];
  readonly reachedBy?: { readonly before: State<Outcome>; readonly step: Step<Outcome> };
}

/** Where an actor is, and what has been true since it is held to it; undefined once it has ended earlier. */
export interface Standing<Outcome> {
  readonly actor: Actor<Outcome>;
  readonly at: Place<Outcome>;
  readonly witnessed: readonly string[] | undefined;
}

interface Place<Outcome> extends Progress<Outcome> {
  readonly id: number;
}

interface Step<Outcome> {
  readonly actor: Actor<Outcome>;
  readonly operation: Operation;
  readonly answer: Answer;
  readonly objects: Objects;
}

/** All that one actor can do, as a tree of the answers it may get; every node is found by running the real code, once. */
export class Actor<Outcome> {
  readonly name: string;
  /** What it says at its end must be true of some moment after this many answers. */
  readonly heldToAfter: number;
  readonly #behaviour: Behaviour<Outcome>;
  readonly #places = new Map<string, Place<Outcome>>();

  constructor(name: string, behaviour: Behaviour<Outcome>, heldToAfter: number) {
    this.name = name;
    this.heldToAfter = heldToAfter;
    this.#behaviour = behaviour;
  }

  async start(): Promise<Place<Outcome>> {
    return this.#places.get('') ?? this.#explore('', []);
  }

  known({ id }: Place<Outcome>, answer: Answer): Place<Outcome> | undefined {
    return this.#places.get(`${id} ${labelOf(answer)}`);
  }

  explore({ id, answers }: Place<Outcome>, answer: Answer): Promise<Place<Outcome>> {
    return this.#explore(`${id} ${labelOf(answer)}`, [...answers, answer]);
  }

  async #explore(key: string, answers: readonly Answer[]): Promise<Place<Outcome>> {
    const progress = await replay(this.#behaviour, answers);
    const place = { id: this.#places.size, ...progress };
    this.#places.set(key, place);
    return place;
  }
}

/**
 * Every state that some interleaving of the actors' operations reaches, once, the nearest first. A crash is an actor
 * whose turn never comes again, so each state is also one in which any of the actors have died, before a write or
 * after it.
 */
export async function* reachableStates<Outcome>(world: World<Outcome>): AsyncGenerator<State<Outcome>> {
  const { objects, actors, truthOf } = world;
  const places = actors.map(async (actor) => ({ actor, at: await actor.start(), witnessed: [] }));
  const start: State<Outcome> = { objects, truth: truthOf(objects), standings: await Promise.all(places) };
  const seen = new Set([keyOf(start)]);
  const queue = [start];
  for (const state of queue) {
    yield state;
    for (const { actor, at } of state.standings) {
      for (const step of stepsOf(world, state, actor, at)) {
        const next = take(world, state, step, actor.known(at, step.answer) ?? (await actor.explore(at, step.answer)));
        const key = keyOf(next);
        if (!seen.has(key)) queue.push(next);
        seen.add(key);
      }
    }
  }
}

/** What the actor's pending operation may do to the store, and be answered. */
function stepsOf<Outcome>(
  { conditions, etags, lostAnswers }: World<Outcome>,
  { objects }: State<Outcome>,
  actor: Actor<Outcome>,
  { pending: operation, answers }: Place<Outcome>,
): Step<Outcome>[] {
  if (!operation) return [];
  const standing = objects.get(operation.key);
  if (operation.type !== 'put') return [{ actor, operation, answer: { found: standing }, objects }];
  const { key, bytes, condition } = operation;
  if (conditions && !holds(condition, standing)) return [{ actor, operation, answer: 'refused', objects }];
  // an etag named after the write, not counted in time: equal states then meet, in any order
  const written = { bytes, etag: etags === 'content' ? contentEtag(bytes) : `${actor.name}-${answers.length}` };
  const after = new Map(objects).set(key, written);
  const done = { actor, operation, answer: { written }, objects: after };
  return conditions && lostAnswers ? [done, { ...done, answer: 'refused' }] : [done];
}

function take<Outcome>(
  { truthOf }: World<Outcome>,
  before: State<Outcome>,
  step: Step<Outcome>,
  at: Place<Outcome>,
): State<Outcome> {
  const { objects, actor } = step;
  const truth = objects === before.objects ? before.truth : truthOf(objects);
  const standings = before.standings.map((standing) => {
    if (standing.actor === actor) return witness({ ...standing, at }, truth);
    return standing.at.pending ? witness(standing, truth) : { ...standing, witnessed: undefined };
  });
  return { objects, truth, standings, reachedBy: { before, step } };
}

function witness<Outcome>(standing: Standing<Outcome>, truth: string): Standing<Outcome> {
  const { actor, at, witnessed = [] } = standing;
  if (at.answers.length < actor.heldToAfter || witnessed.includes(truth)) return standing;
  return { actor, at, witnessed: [...witnessed, truth].sort() };
}

function keyOf<Outcome>({ objects, standings }: State<Outcome>): string {
  const places = standings.map(({ at, witnessed }) => (witnessed ? `${at.id} ${witnessed}` : 'ended'));
  return `${contentNumber(objects)}|${places.join('|')}`;
}

const numbers = new WeakMap<Objects, number>();
const contents = new Map<string, number>();

/** Equal for stores with the same objects and etags; short, for keys that are compared millions of times. */
export function contentNumber(objects: Objects): number {
  const known = numbers.get(objects);
  if (known !== undefined) return known;
  const content = [...objects].map(([key, object]) => `${key} ${labelOf({ found: object })}`).sort();
  const number = contents.get(content.join()) ?? contents.size;
  contents.set(content.join(), number);
  numbers.set(objects, number);
  return number;
}

const labels = new WeakMap<StoredBytes, string>();

/** Distinguishes answers: by etag and, as the same write may have had other bytes in another history, by bytes. */
function labelOf(answer: Answer): string {
  if (answer === 'refused') return answer;
  const object = 'written' in answer ? answer.written : answer.found;
  if (!object) return 'nothing';
  const label = labels.get(object) ?? `${object.etag} (${contentEtag(object.bytes).slice(0, 8)})`;
  labels.set(object, label);
  return label;
}

/** How a state was reached, one operation a line. */
export function traceOf<Outcome>(state: State<Outcome>): string {
  const lines: string[] = [];
  for (let by = state.reachedBy; by; by = by.before.reachedBy) {
    const { actor, operation, answer } = by.step;
    lines.unshift(`${actor.name}: ${operation.type} ${operation.key} -> ${labelOf(answer)}`);
  }
  return lines.join('\n');
}
