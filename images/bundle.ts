import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { besideTheBundle } from './beside-the-bundle.ts';
import { withoutLocales } from './without-locales.ts';

const kernel = 'tasks/forest/kernel/kernel.wasm';

const tasks = {
  'create-bucket': ['tasks/create-bucket.ts'],
  'fetch-data': ['tasks/fetch-data.ts'],
  'train-model': [
    'tasks/train-model.ts',
    'tasks/training/grower-thread.ts',
    'tasks/training/ml-random-forest-thread.ts',
    kernel,
  ],
  'evaluate-model': ['tasks/evaluate-model.ts', 'tasks/evaluation/prediction-worker.ts', kernel],
} as const;

const orchestrator = ['pipeline/cli.ts'];

/** What each image is made of: its entrypoint, and whatever that starts or reads as a file of its own. */
const images: Readonly<Record<string, readonly string[]>> = {
  ...tasks,
  orchestrator,
  pipeline: [...orchestrator, ...new Set(Object.values(tasks).flat())],
};

/**
 * At the head of every file, since nothing else is sure to run first. Process 1 of a container hears no signal that it
 * does not listen for: here it does, until somebody listens who knows how to stop. Bundled CommonJS needs a `require`.
 */
const banner = `import { createRequire as nodeRequire } from 'node:module';
const require = nodeRequire(import.meta.url);
for (const signal of ['SIGTERM', 'SIGINT'])
  process.listenerCount(signal) || process.on(signal, () => process.listenerCount(signal) > 1 || process.exit(143));`;

const options = {
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
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
  // names stay as they are: they cost 50 kB, and a stack trace without them tells nothing
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  banner: { js: banner },
  loader: { '.wasm': 'copy' },
  // danfo's plots are never drawn; what else of it is never used, tasks/evaluation/frames.ts tells
  external: ['plotly.js-dist-min'],
  alias: {
    mathjs: './tasks/evaluation/unused-by-frames.ts',
    '@tensorflow/tfjs-node': './tasks/evaluation/unused-by-frames.ts',
  },
  plugins: [besideTheBundle, withoutLocales],
  logLevel: 'warning',
} satisfies BuildOptions;

/** A folder for each image, as it is laid over the image's root. The same sources give the same bytes. */
async function bundle(directory: string): Promise<void> {
  for (const [image, entryPoints] of Object.entries(images)) {
    const outdir = join(directory, image, 'app');
    await rm(outdir, { recursive: true, force: true });
    await build({ ...options, entryPoints: [...entryPoints], outdir });
  }
}

const [directory] = process.argv.slice(2);
if (!directory) {
  process.stderr.write(`expected a folder for the bundles: node ${basename(import.meta.filename)} FOLDER\n`);
  process.exit(64);
}
await bundle(resolve(directory));
