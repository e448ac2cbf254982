import { setInterval } from 'node:timers/promises';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';

// writes 20 MiB of an object, says so, and never comes to its end
const [url = '', key = ''] = process.argv.slice(2);

async function* endlessBody(): AsyncGenerator<Uint8Array> {
  for (let megabytes = 0; megabytes < 20; megabytes++) yield new Uint8Array(1024 * 1024);
  process.stdout.write('writing\n');
  for await (const _ of setInterval(60_000));
}

const store = await openStore({ ARTIFACT_STORE: url });
await store.put(key, endlessBody());
