import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Trust } from '../../../tasks/artifacts/artifact-set.ts';
import type { ArtifactName } from '../../../tasks/artifacts/catalogue.ts';
import type { ArtifactSettings } from '../../../tasks/runtime/settings.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { contentEtag, MemoryStore } from '../../support/memory-store.ts';
import { settings } from '../../support/publish-outputs.ts';
import { keyOf, markerKeyOf, publish, publishRun, setOver } from '../../support/publishing.ts';

let store: MemoryStore;

beforeEach(async () => {
  store = new MemoryStore();
  await publishRun(store);
});

describe('an artifact is published', () => {
  test('when it stands beside its marker', async () => {
    assert.equal(
      await setOver(store).arePublished(['loans', 'testLoans', 'model', 'metrics'], parametersOf(settings)),
      true,
    );
    assert.equal((await setOver(store).findPublished('model', parametersOf(settings)))?.artifact, keyOf('model'));
  });

  test('by its etag: its bytes are not read', async () => {
    store.calls.length = 0;
    await setOver(store).arePublished(['loans', 'testLoans', 'model', 'metrics'], parametersOf(settings));
    assert.deepEqual(store.calls.filter(isReadOfArtifact), []);
  });

  test('also in a copied store, where every etag is another, and is hashed once for that', async () => {
    const copy = new MemoryStore({ etagOf: contentEtag });
    for (const [key, { bytes }] of store.objects) await copy.put(key, bytes);
    const set = setOver(copy);
    copy.calls.length = 0;
    for (const _ of [1, 2, 3]) assert.equal(await set.arePublished(['metrics'], parametersOf(settings)), true);
    const reads = copy.calls.filter(isReadOfArtifact).sort();
    assert.deepEqual(
      reads,
      (['metrics', 'loans', 'model', 'testLoans'] as const).map((name) => `get ${keyOf(name)}`),
    );
  });

  test('and an input that several share is looked at once', async () => {
    store.calls.length = 0;
    await setOver(store).arePublished(['testLoans', 'model', 'metrics'], parametersOf(settings));
    assert.equal(store.calls.filter((call) => call === `get ${markerKeyOf('loans')}`).length, 1);
    assert.equal(store.calls.filter((call) => call === `head ${keyOf('loans')}`).length, 1);
  });

  test('unless nothing was ever made', async () => {
    assert.equal(await setOver(new MemoryStore()).arePublished(['loans']), false);
    assert.equal(await setOver(store).arePublished(['loans', 'bucket']), false);
  });
});

const damages: [string, () => void][] = [
  ['it is missing', () => store.objects.delete(keyOf('loans'))],
  ['its marker is missing', () => store.objects.delete(markerKeyOf('loans'))],
  ['it was altered', () => store.damage(keyOf('loans'), 'ten_loans')],
  ['it was cut', () => store.damage(keyOf('loans'), 'ten l')],
  ['it was cut to nothing', () => store.damage(keyOf('loans'), '')],
  ['it was cut under the same etag', () => store.damage(keyOf('loans'), 'ten l', store.etagOf(keyOf('loans')))],
  ['its marker is not JSON', () => store.damage(markerKeyOf('loans'), '{"artifact": ')],
  ['its marker is empty', () => store.damage(markerKeyOf('loans'), '')],
  ['its marker lacks a field', () => rewriteMarker('loans', { sha256: undefined })],
  ['its marker names another size', () => rewriteMarker('loans', { bytes: 8 })],
  ['its marker names another hash and etag', () => rewriteMarker('loans', { sha256: '0'.repeat(64), etag: 'another' })],
  ['its marker is that of another artifact', () => rewriteMarker('loans', { artifact: keyOf('testLoans') })],
];

for (const trust of ['etag', 'bytes'] as const) {
  describe(`trusting ${trust}, an artifact is not published`, () => {
    for (const [what, damage] of damages) {
      test(`when ${what}, nor is anything made from it`, async () => {
        damage();
        for (const name of ['loans', 'testLoans', 'model', 'metrics'] as const) {
          assert.equal(await isPublished(name, settings, trust), false, name);
        }
      });
    }
  });
}

describe('an artifact is stale', () => {
  test('when its input was published again with other bytes, and so is all that was made from it', async () => {
    await publish(store, 'loans', 'new loans');
    assert.deepEqual(await publishedNames(), ['loans']);
    await publish(store, 'model', 'a forest');
    assert.deepEqual(await publishedNames(), ['loans', 'model']);
    await publish(store, 'testLoans', 'two of ten');
    assert.deepEqual(await publishedNames(), ['loans', 'testLoans', 'model', 'metrics']);
  });

  test('not when its input was published again with the same bytes', async () => {
    await publish(store, 'loans', 'other ones');
    await publish(store, 'loans', 'ten loans');
    assert.equal(await isPublished('metrics'), true);
  });

  test('when its marker says nothing of an input', async () => {
    rewriteMarker('model', { inputs: [] });
    assert.deepEqual(await publishedNames(), ['loans', 'testLoans']);
  });

  const deciding: [Partial<ArtifactSettings>, ArtifactName[]][] = [
    [{ LOANS_TABLE: 'loans_2025' }, ['loans']],
    [{ TEST_SIZE: 0.25 }, ['testLoans', 'model']],
    [{ RANDOM_STATE: 43 }, ['testLoans', 'model']],
    [{ FOREST_ENGINE: 'ml-random-forest' }, ['model']],
    [{ N_ESTIMATORS: 101 }, ['model']],
    [{ MAX_DEPTH: null }, ['model']],
  ];
  for (const [change, stale] of deciding) {
    test(`when a setting that decides its bytes changed: ${JSON.stringify(change)} decides ${stale}`, async () => {
      const names = await publishedNames({ ...settings, ...change });
      const all: ArtifactName[] = ['loans', 'testLoans', 'model', 'metrics'];
      assert.deepEqual(
        names,
        all.filter((name) => !stale.includes(name)),
      );
    });
  }

  test('not by a setting that is the same but unlimited', async () => {
    await publish(store, 'model', 'a deep forest', { ...settings, MAX_DEPTH: null });
    assert.equal(await isPublished('model', { ...settings, MAX_DEPTH: null }), true);
    assert.equal(await isPublished('model', settings), false);
  });

  test('when its marker names fewer or more settings than decide it today', async () => {
    rewriteMarker('loans', { parameters: {} });
    assert.equal(await isPublished('loans'), false);
    rewriteMarker('loans', { parameters: { LOANS_TABLE: 'loans', SINCE: 2020 } });
    assert.equal(await isPublished('loans'), false);
  });

  test('for no setting where none are given: a reader does not know them', async () => {
    rewriteMarker('loans', { parameters: {} });
    assert.equal(await setOver(store).arePublished(['loans']), true);
  });
});

describe('a byte changed under the same etag', () => {
  beforeEach(() => store.damage(keyOf('loans'), 'ten_loans', store.etagOf(keyOf('loans'))));

  test('is seen by looking at the bytes only', async () => {
    assert.equal(await isPublished('model', settings, 'etag'), true);
    assert.equal(await isPublished('model', settings, 'bytes'), false);
  });

  test('is remembered, until the right bytes are back', async () => {
    const set = setOver(store);
    assert.equal(await set.arePublished(['loans'], parametersOf(settings), 'bytes'), false);
    assert.equal(await set.arePublished(['loans'], parametersOf(settings), 'etag'), false);
    store.damage(keyOf('loans'), 'ten loans', store.etagOf(keyOf('loans')));
    assert.equal(await set.arePublished(['loans'], parametersOf(settings), 'etag'), true);
  });

  test('does not keep the right bytes from being published again where equal bytes have equal etags', async () => {
    const s3 = new MemoryStore({ etagOf: contentEtag });
    await publish(s3, 'loans', 'ten loans');
    s3.damage(keyOf('loans'), 'ten_loans', s3.etagOf(keyOf('loans')));
    const set = setOver(s3);
    assert.equal(await set.arePublished(['loans'], parametersOf(settings), 'bytes'), false);
    await publish(s3, 'loans', 'ten loans');
    assert.equal(await set.arePublished(['loans'], parametersOf(settings), 'etag'), true);
  });
});

describe('what stands has certain bytes', () => {
  test('only with their size and hash, and only if it still is the object that was seen', async () => {
    const set = setOver(store);
    const { sha256, bytes } = (await set.readMarker('loans')) ?? assert.fail('there is no marker');
    const standing = { size: bytes, etag: store.etagOf(keyOf('loans')) };
    assert.equal(await set.hasBytes('loans', standing, bytes, sha256), true);
    assert.equal(await set.hasBytes('loans', standing, bytes, '0'.repeat(64)), false);
    assert.equal(await set.hasBytes('loans', standing, bytes + 1, sha256), false);
    assert.equal(await set.hasBytes('loans', { ...standing, etag: 'of an older object' }, bytes, sha256), false);
  });
});

function isPublished(name: ArtifactName, given = settings, trust: Trust = 'etag'): Promise<boolean> {
  return setOver(store).arePublished([name], parametersOf(given), trust);
}

async function publishedNames(given = settings): Promise<ArtifactName[]> {
  const names: ArtifactName[] = [];
  for (const name of ['loans', 'testLoans', 'model', 'metrics'] as const) {
    if (await isPublished(name, given)) names.push(name);
  }
  return names;
}

function isReadOfArtifact(call: string): boolean {
  return call.startsWith('get ') && !call.endsWith('.SUCCESS');
}

function rewriteMarker(name: ArtifactName, change: Record<string, unknown>): void {
  const marker = JSON.parse(store.textOf(markerKeyOf(name)));
  store.damage(markerKeyOf(name), JSON.stringify({ ...marker, ...change }));
}
