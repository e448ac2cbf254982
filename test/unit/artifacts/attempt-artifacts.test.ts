import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { AttemptArtifacts, InputRefused } from '../../../tasks/artifacts/attempt-artifacts.ts';
import type { ArtifactName } from '../../../tasks/artifacts/catalogue.ts';
import { LostRace } from '../../../tasks/artifacts/publication.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { settings } from '../../support/publish-outputs.ts';
import { begin, chunksOf, keyOf, markerKeyOf, publish, publishRun, setOver } from '../../support/publishing.ts';

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

describe('reading an input', () => {
  beforeEach(async () => {
    await publishRun(store);
    store.calls.length = 0;
  });

  test('gives its bytes', async () => {
    assert.equal(await read('loans'), 'ten loans');
  });

  test('does not judge the settings it was made with', async () => {
    await publish(store, 'loans', 'other loans', { ...settings, LOANS_TABLE: 'loans_2025' });
    assert.equal(await read('loans'), 'other loans');
  });

  const refusedAtOnce: [string, ArtifactName, RegExp, () => unknown][] = [
    [
      'without a marker',
      'loans',
      /is not published .*: run fetch_data first/,
      () => store.delete(markerKeyOf('loans')),
    ],
    ['with a broken marker', 'loans', /is not published/, () => store.damage(markerKeyOf('loans'), '{')],
    [
      'with a marker of another artifact',
      'loans',
      /is not published/,
      () => store.damage(markerKeyOf('loans'), store.textOf(markerKeyOf('testLoans'))),
    ],
    [
      'that is missing',
      'loans',
      /is missing, though its marker is there: run fetch_data/,
      () => store.delete(keyOf('loans')),
    ],
    ['that is stale', 'model', /is stale .*: run train_model first/, () => publish(store, 'loans', 'new loans')],
    ['made from one that is altered', 'model', /is stale/, () => store.damage(keyOf('loans'), 'ten_loans')],
    ['made from one that is missing', 'model', /is stale/, () => store.delete(keyOf('loans'))],
    ['made from one without a marker', 'model', /is stale/, () => store.delete(markerKeyOf('loans'))],
    [
      'two steps from one that changed',
      'metrics',
      /is stale .*: run evaluate_model/,
      () => publish(store, 'loans', 'new'),
    ],
  ];
  for (const [what, name, message, damage] of refusedAtOnce) {
    test(`${what} is refused before any of its bytes`, async () => {
      await damage();
      store.calls.length = 0;
      const reader = await beginReader();
      await assert.rejects(reader.read(name), { name: 'InputRefused', message });
      if (store.objects.has(keyOf(name))) assert.ok(!store.calls.includes(`get ${keyOf(name)}`), 'its body was opened');
    });
  }

  const refusedAtTheEnd = [
    ['altered', 'ten_loans', /was altered \(9 bytes with another hash, published were 9\): run fetch_data first/],
    ['cut', 'ten l', /was altered \(5 bytes with another hash, published were 9\)/],
    ['longer', 'ten loans!', /was altered \(10 bytes/],
    ['empty', '', /was altered \(0 bytes/],
  ] as const;
  for (const [what, bytes, message] of refusedAtTheEnd) {
    test(`that is ${what} is refused at its end`, async () => {
      store.damage(keyOf('loans'), bytes);
      const reader = await beginReader();
      const body = await reader.read('loans');
      const seen: Uint8Array[] = [];
      const reading = async () => {
        for await (const chunk of body) seen.push(chunk);
      };
      await assert.rejects(reading, { name: 'InputRefused', message });
      assert.equal(Buffer.concat(seen).toString(), bytes);
    });
  }

  test('a second time, with other bytes than the first, is refused at its end', async () => {
    const reader = await beginReader();
    await Array.fromAsync(await reader.read('loans'));
    await Array.fromAsync(await reader.read('loans'));
    await publish(store, 'loans', 'new loans');
    const again = await reader.read('loans');
    await assert.rejects(Array.fromAsync(again), { name: 'InputRefused', message: /changed since it was first read/ });
  });
});

describe('nothing is published from an input', () => {
  beforeEach(() => publish(store, 'loans', 'ten loans'));

  test('that was not read', async () => {
    const attempt = await begin(store, 'model');
    await assertPublishesNothing(attempt, chunksOf('a forest'), /train_model .* loans before it was read to its end/);
  });

  test('of which only the beginning was read', async () => {
    const attempt = await begin(store, 'model');
    for await (const _ of await attempt.read('loans')) break;
    await assertPublishesNothing(attempt, chunksOf('a forest'), /before it was read to its end/);
  });

  test('that turned out to be altered, even by a task that does not care', async () => {
    store.damage(keyOf('loans'), 'ten_loans');
    const attempt = await begin(store, 'model');
    await Array.fromAsync(await attempt.read('loans')).catch(() => {});
    await assertPublishesNothing(attempt, chunksOf('a forest'), /before it was read to its end/);
  });

  test('that turns out to be altered while the output made from it streams out', async () => {
    store.damage(keyOf('loans'), 'ten_loans');
    const attempt = await begin(store, 'model');
    await assertPublishesNothing(attempt, await attempt.read('loans'), InputRefused);
  });

  test('that is read to its end while the output made from it streams out: that is published', async () => {
    const attempt = await begin(store, 'model');
    await attempt.publish('model', await attempt.read('loans'));
    assert.equal(await setOver(store).arePublished(['model'], parametersOf(settings), 'bytes'), true);
  });
});

describe('an output that is made from another of the same attempt', () => {
  const beginFetch = (number: number) =>
    AttemptArtifacts.begin(setOver(store), ['loans', 'profile'], parametersOf(settings), {
      task: 'fetch_data',
      number,
    });

  test('names the hash of what the attempt has made', async () => {
    const early = (await beginFetch(1)).publish('profile', [Buffer.from('early')]);
    await assert.rejects(early, /before it was read to its end/);
    const attempt = await beginFetch(1);
    const { sha256 } = await attempt.publish('loans', chunksOf('ten loans'));
    const { inputs } = await attempt.publish('profile', [Buffer.from('ten')]);
    assert.deepEqual(inputs, [{ key: keyOf('loans'), sha256 }]);
    assert.equal(await setOver(store).arePublished(['loans', 'profile'], parametersOf(settings), 'bytes'), true);
  });

  test('is not published where the other is that of an attempt that was faster, and made other bytes', async () => {
    const [slow, fast] = [await beginFetch(1), await beginFetch(2)];
    await fast.publish('loans', chunksOf('new loans'));
    assert.equal((await slow.publish('loans', chunksOf('ten loans'))).attempt, 2);
    await assert.rejects(slow.publish('profile', [Buffer.from('ten')]), LostRace);
    const missing = await setOver(store).findMissing(['loans', 'profile'], parametersOf(settings));
    assert.deepEqual(missing, ['profile']);
    const next = await beginFetch(3);
    await Array.fromAsync(await next.read('loans'));
    await next.publish('profile', [Buffer.from('new')]);
    assert.equal(await setOver(store).arePublished(['loans', 'profile'], parametersOf(settings), 'bytes'), true);
  });
});

async function assertPublishesNothing(
  attempt: AttemptArtifacts,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  error: RegExp | typeof InputRefused,
): Promise<void> {
  const before = new Map(store.objects);
  await assert.rejects(attempt.publish('model', body), error);
  assert.deepEqual(store.objects, before);
}

/** Of a task that makes nothing. */
function beginReader(): Promise<AttemptArtifacts> {
  return AttemptArtifacts.begin(setOver(store), [], parametersOf(settings), { task: 'evaluate_model', number: 1 });
}

async function read(name: ArtifactName): Promise<string> {
  const reader = await beginReader();
  return Buffer.concat(await Array.fromAsync(await reader.read(name))).toString();
}
