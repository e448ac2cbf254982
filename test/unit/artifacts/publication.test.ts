import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { AttemptArtifacts } from '../../../tasks/artifacts/attempt-artifacts.ts';
import type { ArtifactName } from '../../../tasks/artifacts/catalogue.ts';
import { LostRace } from '../../../tasks/artifacts/publication.ts';
import type { Body, ObjectInfo, PutOptions } from '../../../tasks/artifacts/stores/object-store.ts';
import { MissingBucket, PreconditionFailed } from '../../../tasks/artifacts/stores/store-errors.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { settings } from '../../support/publish-outputs.ts';
import { begin, chunksOf, keyOf, markerKeyOf, publish, readInputs, setOver } from '../../support/publishing.ts';

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

describe('publishing', () => {
  test('says in the marker which code made it, where that is known', async () => {
    const attempt = await AttemptArtifacts.begin(setOver(store), ['loans'], parametersOf(settings), {
      ...{ task: 'fetch_data', number: 1 },
      madeBy: { sourceRevision: '0185c9e', imageDigest: undefined },
    });
    await attempt.publish('loans', chunksOf('ten loans'));
    const marker = JSON.parse(store.textOf(markerKeyOf('loans')));
    assert.deepEqual([marker.sourceRevision, 'imageDigest' in marker], ['0185c9e', false]);
  });

  test('puts the artifact, then a marker that names its bytes, what they came from and which attempt made them', async () => {
    await publish(store, 'loans', 'ten loans');
    const attempt = await begin(store, 'model', settings, 3);
    await readInputs(attempt, 'model');
    store.calls.length = 0;
    const marker = await attempt.publish('model', chunksOf('a forest'));

    assert.deepEqual(writes(), [`put ${keyOf('model')}`, `put ${markerKeyOf('model')}`]);
    assert.equal(store.textOf(keyOf('model')), 'a forest');
    assert.deepEqual(JSON.parse(store.textOf(markerKeyOf('model'))), marker);
    const { finishedAt, version, ...rest } = marker;
    assert.match(finishedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(rest, {
      artifact: keyOf('model'),
      bytes: 8,
      sha256: sha256('a forest'),
      etag: store.etagOf(keyOf('model')),
      rows: null,
      inputs: [{ key: keyOf('loans'), sha256: sha256('ten loans') }],
      parameters: {
        TEST_SIZE: 0.2,
        RANDOM_STATE: 42,
        FOREST_ENGINE: 'sklearn-parity',
        N_ESTIMATORS: 100,
        MAX_DEPTH: 10,
      },
      task: 'train_model',
      attempt: 3,
    });
  });

  test('asks what was counted only after the body has ended', async () => {
    const attempt = await begin(store, 'loans');
    let rows = 0;
    const marker = await attempt.publish(
      'loans',
      (function* () {
        for (const chunk of chunksOf('ten loans')) {
          rows += 5;
          yield chunk;
        }
      })(),
      () => ({ rows, statistics: { mean: 2 } }),
    );
    assert.equal(marker.rows, 10);
    assert.deepEqual(marker.statistics, { mean: 2 });
    assert.deepEqual(JSON.parse(store.textOf(markerKeyOf('loans'))), marker);
  });

  test('an empty body publishes an empty artifact', async () => {
    const attempt = await begin(store, 'loans');
    assert.equal((await attempt.publish('loans', [])).bytes, 0);
    assert.equal(await setOver(store).arePublished(['loans'], parametersOf(settings), 'bytes'), true);
  });

  test('the bytes that stand already writes only the marker', async () => {
    await publish(store, 'loans', 'ten loans');
    const etag = store.etagOf(keyOf('loans'));
    store.calls.length = 0;
    const marker = await publish(store, 'loans', 'ten loans', settings, 2);
    assert.deepEqual(writes(), [`put ${markerKeyOf('loans')}`]);
    assert.deepEqual([marker.attempt, marker.etag], [2, etag]);
  });

  test('the bytes that an attempt put before it died writes only the marker', async () => {
    await publish(store, 'loans', 'ten loans');
    await store.delete(markerKeyOf('loans'));
    store.calls.length = 0;
    await publish(store, 'loans', 'ten loans', settings, 2);
    assert.deepEqual(writes(), [`put ${markerKeyOf('loans')}`]);
    assert.equal(await isPublished('loans'), true);
  });

  for (const conditions of [true, false]) {
    test(`other bytes replaces artifact and marker, conditions ${conditions ? 'honoured' : 'ignored'}`, async () => {
      store = new MemoryStore({ conditions });
      await publish(store, 'loans', 'ten loans');
      const marker = await publish(store, 'loans', 'new loans', settings, 2);
      assert.equal(store.textOf(keyOf('loans')), 'new loans');
      assert.equal(marker.sha256, sha256('new loans'));
      assert.equal((await setOver(store).findPublished('loans', parametersOf(settings)))?.attempt, 2);
    });
  }

  test('with a body that throws leaves everything as it was and throws that error', async () => {
    await publish(store, 'loans', 'ten loans');
    const before = new Map(store.objects);
    const attempt = await begin(store, 'loans');
    const cut = new Error('the connection is gone');
    const body = async function* () {
      yield Buffer.from('new');
      throw cut;
    };
    await assert.rejects(attempt.publish('loans', body()), (error) => error === cut);
    assert.deepEqual(store.objects, before);
  });

  test('is stopped by the signal of the attempt and leaves everything as it was', async () => {
    const controller = new AbortController();
    const who = { task: 'fetch_data', number: 1, signal: controller.signal } as const;
    const attempt = await AttemptArtifacts.begin(setOver(store), ['loans'], parametersOf(settings), who);
    const body = function* () {
      yield Buffer.from('ten');
      controller.abort(new Error('stop'));
      yield Buffer.from(' loans');
    };
    await assert.rejects(attempt.publish('loans', body()), /^Error: stop$/);
    assert.equal(store.objects.size, 0);
  });

  test('passes on what the store says of itself', async () => {
    const attempt = await begin(store, 'loans');
    store.put = () => Promise.reject(new MissingBucket('memory:///'));
    await assert.rejects(attempt.publish('loans', chunksOf('ten loans')), MissingBucket);
  });

  test('an output that was not declared at the beginning is an error', async () => {
    const attempt = await begin(store, 'loans');
    await assert.rejects(
      attempt.publish('model', chunksOf('a forest')),
      /model was not declared as an output of fetch_data/,
    );
  });
});

describe('publishing what another attempt wrote in the meantime', () => {
  for (const body of ['ten loans', 'new loans']) {
    test(`and published, as ${body}, touches nothing and returns the marker of the other`, async () => {
      const attempt = await begin(store, 'loans');
      await publish(store, 'loans', 'ten loans', settings, 2);
      store.calls.length = 0;
      assert.equal((await attempt.publish('loans', chunksOf(body))).attempt, 2);
      assert.deepEqual(writes(), []);
    });
  }

  test('and did not publish is a lost race', async () => {
    const attempt = await begin(store, 'loans');
    await publish(store, 'loans', 'new loans', settings, 2);
    await store.delete(markerKeyOf('loans'));
    const message = `another attempt is writing ${keyOf('loans')} or what it is made from: try again`;
    await assert.rejects(attempt.publish('loans', chunksOf('ten loans')), { name: 'LostRace', message });
    assert.equal(store.textOf(keyOf('loans')), 'new loans');
  });

  test('with other settings is a lost race: for ours it is not published', async () => {
    const attempt = await begin(store, 'loans');
    await publish(store, 'loans', 'new loans', { ...settings, LOANS_TABLE: 'loans_2025' }, 2);
    await assert.rejects(attempt.publish('loans', chunksOf('ten loans')), LostRace);
  });

  test('after our artifact and before our marker is a lost race, not a success', async () => {
    const attempt = await begin(store, 'loans');
    store.put = onSecondPut(() => store.damage(keyOf('loans'), 'new loans'));
    await assert.rejects(attempt.publish('loans', chunksOf('ten loans')), LostRace);
  });

  test('over the input is a lost race: what we made is stale', async () => {
    await publish(store, 'loans', 'ten loans');
    const attempt = await begin(store, 'model');
    await readInputs(attempt, 'model');
    await publish(store, 'loans', 'new loans');
    await assert.rejects(attempt.publish('model', chunksOf('a forest')), LostRace);
    assert.equal(await isPublished('model'), false);
  });

  test('and was ourselves, refused when the client tried a write again, is a success', async () => {
    const attempt = await begin(store, 'loans', settings, 7);
    const put = store.put.bind(store);
    store.put = async (key, body, options) => {
      await put(key, body, options);
      throw new PreconditionFailed(key);
    };
    assert.equal((await attempt.publish('loans', chunksOf('ten loans'))).attempt, 7);
    assert.equal(await isPublished('loans'), true);
  });
});

function isPublished(name: ArtifactName): Promise<boolean> {
  return setOver(store).arePublished([name], parametersOf(settings), 'bytes');
}

function writes(): string[] {
  return store.calls.filter((call) => !call.startsWith('get ') && !call.startsWith('head '));
}

/** A put that does something else before the second one. */
function onSecondPut(act: () => void): MemoryStore['put'] {
  const put = store.put.bind(store);
  let count = 0;
  return (key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> => {
    count += 1;
    if (count === 2) act();
    return put(key, body, options);
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
