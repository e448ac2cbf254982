import { text } from 'node:stream/consumers';
import { unchangedSince } from '../../tasks/artifacts/stores/object-store.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';

// adds one to the number in an object, again and again, together with other processes that do the same
const [url = '', key = '', rounds = ''] = process.argv.slice(2);
const store = await openStore({ ARTIFACT_STORE: url });

async function addOne(): Promise<void> {
  for (;;) {
    const seen = await store.get(key);
    const next = seen ? Number(await text(seen.body)) + 1 : 1;
    try {
      await store.put(key, Buffer.from(String(next)), { condition: unchangedSince(seen) });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
}

for (let round = 0; round < Number(rounds); round++) await addOne();
