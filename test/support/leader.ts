import { Lead, leadTiming } from '../../pipeline/orchestrator/lead.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { runOf } from '../../tasks/artifacts/data-interval.ts';
import { openStore } from '../../tasks/artifacts/open-store.ts';

// takes the lead of a run, says so, and does nothing more until it is killed
const [url = '', dagId = '', timestamp = ''] = process.argv.slice(2);
const store = await openStore({ ARTIFACT_STORE: url });
const run = runOf(timestamp, new Date());
await Lead.take(new RunStore(store, dagId), dagId, run, leadTiming, new AbortController().signal);
process.stdout.write('leading\n');
setInterval(() => {}, 60_000);
