import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline as stream } from 'node:stream/promises';
import { Digest } from '../../tasks/artifacts/digest.ts';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import type { Champion } from '../models/champion.ts';
import { ChampionStore, restoringAdvice } from '../models/champion-store.ts';
import { gatedScores } from '../models/verdict.ts';
import { type Command, parseCommandLine, print } from './command.ts';
import { tableText } from './table.ts';
import { openPipeline } from './wiring.ts';

export const champion: Command = {
  usage: 'champion [--fetch FILE | --history] [--json]',
  summary: 'show the model that is to be used, or fetch it',
  details: `  --fetch FILE   copy it to FILE, its hash checked
  --history      every move, with who decided it and why
  --json         for programs`,
  example: 'npx pipeline champion --fetch model.onnx',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const options = { fetch: { type: 'string' }, history: { type: 'boolean' }, json: { type: 'boolean' } } as const;
    const { values } = parseCommandLine(args, options);
    if (values.fetch !== undefined && values.history) throw new UsageError(['give either --fetch or --history']);
    const { store, dag } = await openPipeline(environment, surroundings);
    const champions = new ChampionStore(store, dag.dagId);
    const found = await champions.read();
    if (!found) throw new BadInput("there is no champion yet: 'npx pipeline promote RUN --reason TEXT' makes one");
    const moves = values.history ? await champions.history() : [];
    if (values.fetch !== undefined) await fetchModel(store, found, values.fetch);
    const data = values.history ? moves : found;
    if (values.json) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    else print(textOf(store.url, found, moves));
    if (values.fetch !== undefined && !values.json) print(`written to ${values.fetch}, its hash checked`);
    return exitCodes.success;
  },
};

/** 80 columns fit everywhere; a wider terminal is used. */
const width = () => Math.max(80, process.stdout.columns || 80);

function textOf(storeUrl: string, champion: Champion, moves: readonly Champion[]): string {
  if (moves.length > 0) {
    const rows = moves.map((move) => [
      `${move.number}`,
      move.timestamp,
      move.decidedAt.slice(0, 16),
      move.decidedBy,
      move.reason,
    ]);
    return tableText([['', 'run', 'decided (UTC)', 'by', 'why'], ...rows], width()).trimEnd();
  }
  const { runId, model, sha256, scores, reason, decidedBy, decidedAt, before } = champion;
  const shown = gatedScores.map((name) => `${name} ${scores[name]?.toFixed(4) ?? 'undefined'}`);
  return [
    `${runId} is champion since ${decidedAt}: ${reason} (${decidedBy})`,
    `${storeUrl}/${model}`,
    `sha256 ${sha256}`,
    shown.slice(0, 4).join('  '),
    shown.slice(4).join('  '),
    before ? `before it: ${before.timestamp}; 'npx pipeline rollback' goes back` : 'no champion was before it',
  ].join('\n');
}

/** Whole or not at all. */
async function fetchModel(store: ObjectStore, champion: Champion, path: string): Promise<void> {
  const { model, sha256 } = champion;
  const advice = restoringAdvice(champion);
  const object = await store.get(model);
  if (!object) throw new BadInput(`${model}, the champion, is missing: ${advice}`);
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw new UsageError([`--fetch ${path} is a directory: name a file`]);
  const draft = `${path}.${process.pid}.part`;
  const digest = new Digest();
  const hashed = async function* () {
    for await (const chunk of object.body) {
      digest.update(chunk);
      yield chunk;
    }
  };
  try {
    await stream(Readable.from(hashed()), createWriteStream(draft)).catch((error) => {
      throw new UsageError([`--fetch ${path} cannot be written: ${messageOf(error)}`]);
    });
    if (digest.sha256 !== sha256) throw new BadInput(`${model}, the champion, was altered: ${advice}`);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
