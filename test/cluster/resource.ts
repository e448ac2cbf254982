import { randomUUID } from 'node:crypto';
import type { V1ObjectMeta } from '@kubernetes/client-node';

export interface Stored {
  metadata?: V1ObjectMeta;
}

/** A refusal as the API server words it. */
export class ApiFault extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

let resourceVersion = 1;

/** The objects of one kind, by name. Objects are changed in place by the controllers, and copied on the way out. */
export class Resource<T extends Stored> {
  readonly kind: string;
  readonly #clock: () => Date;
  readonly #objects = new Map<string, T>();
  /** Called with each object that was created, changed or removed. */
  readonly watchers = new Set<(object: T) => void>();

  constructor(kind: string, clock: () => Date) {
    this.kind = kind;
    this.#clock = clock;
  }

  get all(): T[] {
    return [...this.#objects.values()];
  }

  find(name: string): T | undefined {
    return this.#objects.get(name);
  }

  get(name: string): T {
    const found = this.#objects.get(name);
    if (!found) throw new ApiFault(404, 'NotFound', `${this.kind} "${name}" not found`);
    return found;
  }

  create(object: T): T {
    const name = object.metadata?.name ?? '';
    if (this.#objects.has(name)) throw new ApiFault(409, 'AlreadyExists', `${this.kind} "${name}" already exists`);
    const identity = { uid: randomUUID(), creationTimestamp: this.#clock(), resourceVersion: `${resourceVersion++}` };
    const created = { ...object, metadata: { ...object.metadata, ...identity } };
    this.#objects.set(name, created);
    this.#notify(created);
    return created;
  }

  /** Every change that others may notice goes through here. */
  update(object: T, change: (object: T) => void): void {
    change(object);
    if (object.metadata) object.metadata.resourceVersion = `${resourceVersion++}`;
    this.#notify(object);
  }

  /** Marks it with the time when its grace period will be over; its controller ends it, and then removes it. */
  delete(object: T, graceSeconds = 0): void {
    this.update(object, ({ metadata = {} }) => {
      metadata.deletionTimestamp ??= new Date(this.#clock().getTime() + graceSeconds * 1000);
      metadata.deletionGracePeriodSeconds ??= graceSeconds;
    });
  }

  remove(object: T): void {
    this.#objects.delete(object.metadata?.name ?? '');
    this.#notify(object);
  }

  #notify(object: T): void {
    for (const watcher of this.watchers) watcher(object);
  }
}

/** `a=b,c=d`, and nothing more. */
export function isSelected({ metadata }: Stored, selector: string): boolean {
  return selector
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [name = '', value] = term.split('=');
      return metadata?.labels?.[name] === value;
    });
}

interface Condition {
  readonly type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: Date;
}

export function hasCondition(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** The conditions with one of them set; its transition time moves only with its status. */
export function withCondition<T extends Condition>(conditions: readonly T[] = [], condition: T, now: Date): T[] {
  const before = conditions.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const others = conditions.filter(({ type }) => type !== condition.type);
  return [...others, { ...condition, lastTransitionTime: since ?? now }];
}
