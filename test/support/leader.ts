import { Lease, leaseTiming } from '../../pipeline/orchestrator/lease.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';

// takes the lead of a run, says so, and does nothing more until it is killed
const [url = '', dagId = '', timestamp = ''] = process.argv.slice(2);
const store = await openStore({ ARTIFACT_STORE: url });
const run = runOf(timestamp, new Date());
await Lease.take(new RunStore(store, dagId), dagId, run, leaseTiming, new AbortController().signal);
process.stdout.write('leading\n');
setInterval(() => {}, 60_000);
