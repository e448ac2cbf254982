import { rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { catalogue } from '../tasks/artifacts/catalogue.ts';
import { besideTheBundle } from './beside-the-bundle.ts';
import { withoutLocales } from './without-locales.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const orchestrator = 'pipeline/cli.ts';
const tasks = Object.values(catalogue).map(({ entrypoint }) => [entrypoint, `tasks/${entrypoint}.ts`] as const);

/** The entrypoints of each image; what they start or read by its path is found while they are bundled. */
const images: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(tasks.map(([image, path]) => [image, [path]])),
  orchestrator: [orchestrator],
  pipeline: [orchestrator, ...tasks.map(([, path]) => path)],
};

/**
 * At the head of every file, since nothing else is sure to run first. Process 1 of a container ignores a signal without
 * a handler: this is one, until the entrypoint installs its own. Bundled CommonJS needs a `require`.
 */
const banner = `import { createRequire as nodeRequire } from 'node:module';
const require = nodeRequire(import.meta.url);
for (const signal of ['SIGTERM', 'SIGINT'])
  process.listenerCount(signal) || process.on(signal, () => process.listenerCount(signal) > 1 || process.exit(143));`;

const options = {
  absWorkingDir: root,
  entryNames: '[name]',
  // late imports become files of their own and stay late
  splitting: true,
  chunkNames: '[name]-[hash]',
  // so that Node need not guess what kind of module it reads
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // packages count by their place in node_modules, wherever that may lie: it goes into the names of the chunks
  preserveSymlinks: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // names are kept: they cost 50 kB, and a stack trace is useless without them
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  banner: { js: banner },
  loader: { '.wasm': 'copy' },
  // danfo's plots are never drawn; tasks/evaluation/frames.ts says what else of it is unused
  external: ['plotly.js-dist-min'],
  alias: {
    mathjs: './tasks/evaluation/unused-by-frames.ts',
    '@tensorflow/tfjs-node': './tasks/evaluation/unused-by-frames.ts',
  },
  logLevel: 'warning',
} satisfies BuildOptions;

/** A folder for each image, as it is laid over the image's root. The same sources give the same bytes. */
async function bundle(directory: string): Promise<void> {
  for (const [image, entrypoints] of Object.entries(images)) {
    const outdir = join(directory, image, 'app');
    const found = new Set(entrypoints.map((path) => join(root, path)));
    for (let built = 0; built < found.size; ) {
      built = found.size;
      await rm(outdir, { recursive: true, force: true });
      const entryPoints = [...found].map((path) => relative(root, path)).sort();
      await build({ ...options, plugins: [besideTheBundle(found), withoutLocales], entryPoints, outdir });
    }
  }
}

const [directory] = process.argv.slice(2);
if (!directory) {
  process.stderr.write(`expected a folder for the bundles: node ${basename(import.meta.filename)} FOLDER\n`);
  process.exit(64);
}
await bundle(resolve(directory));
