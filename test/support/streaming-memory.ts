import { openStore } from '../../tasks/artifacts/stores/open-store.ts';

// prints by how many megabytes the process grew while an object of so many passed through it, out and in again
const [url = '', key = '', megabytes = ''] = process.argv.slice(2);
const store = await openStore({ ARTIFACT_STORE: url });

async function* body(count: number): AsyncGenerator<Uint8Array> {
  for (let megabyte = 0; megabyte < count; megabyte++) yield Buffer.alloc(1024 * 1024, megabyte);
}

async function passThrough(count: number): Promise<void> {
  const { size } = await store.put(key, body(count));
  let left = size;
  for await (const chunk of (await store.get(key))?.body ?? []) left -= chunk.byteLength;
  if (left !== 0) throw new Error(`${left} of ${size} bytes did not come back`);
}

await passThrough(20);
const before = process.resourceUsage().maxRSS;
await passThrough(Number(megabytes));
process.stdout.write(`${Math.round((process.resourceUsage().maxRSS - before) / 1024)}\n`);
