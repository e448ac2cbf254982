import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  baseImage,
  buildArguments,
  buildImages,
  dockerOutput,
  type ImageName,
  imageNames,
  imageOf,
  noEngine,
  runDocker,
} from '../support/docker.ts';

describe('an image', { skip: noEngine }, () => {
  const files = new Map<ImageName, readonly string[]>();

  before(async () => {
    await buildImages();
    const known = new Set(await filesIn(baseImage));
    for (const name of imageNames) {
      files.set(
        name,
        (await filesIn(imageOf(name))).filter((file) => !known.has(file)),
      );
    }
  });

  async function filesIn(image: string): Promise<string[]> {
    const list =
      "console.log(require('node:fs').globSync('**', { cwd: '/', exclude: ['proc', 'sys', 'dev'] }).join('\\n'))";
    return (await dockerOutput(['run', '--rm', '--user', '0', '--entrypoint', 'node', image, '-e', list])).split('\n');
  }

  /** The images of which a file holds the text. */
  async function imagesWith(text: string): Promise<ImageName[]> {
    const found = await Promise.all(
      imageNames.map(async (name) => {
        const grep = ['run', '--rm', '--entrypoint', 'grep', imageOf(name), '-rqF', text, '/app'];
        return (await runDocker(grep)).code === 0 ? [name] : [];
      }),
    );
    return found.flat();
  }

  it('holds nothing but its bundle above the base image', () => {
    for (const [name, added] of files) {
      const strange = added.filter((file) => !/^app(\/[\w-]+\.mjs|\/kernel\.wasm)?$/.test(file));
      assert.deepEqual(strange, [], name);
      assert.ok(added.length > 1, name);
    }
  });

  it('holds only what its entrypoint uses', async () => {
    assert.deepEqual(await imagesWith('createNamespacedJob'), ['orchestrator', 'pipeline']);
    assert.deepEqual(await imagesWith('NDframe'), ['evaluate-model', 'pipeline']);
    assert.deepEqual(await imagesWith('RandomForestClassifier'), ['train-model', 'pipeline']);
    assert.deepEqual(await imagesWith('into the artifact store, in id order'), ['fetch-data', 'pipeline']);
  });

  it('runs as a numbered user without rights, starts node itself, and names its source', async () => {
    for (const name of imageNames) {
      const [{ Config }]: [
        { Config: { User: string; Entrypoint: string[]; Labels: Record<string, string>; Env: string[] } },
      ] = JSON.parse(await dockerOutput(['image', 'inspect', imageOf(name)]));
      assert.equal(Config.User, '10001:10001');
      assert.equal(Config.Entrypoint[0], 'node');
      assert.equal(Config.Labels['org.opencontainers.image.source'], buildArguments.SOURCE);
      assert.equal(Config.Labels['org.opencontainers.image.revision'], buildArguments.REVISION);
      assert.equal(Config.Labels['org.opencontainers.image.version'], buildArguments.VERSION);
    }
  });
});
