import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { defineDag } from '../../pipeline/orchestrator/dag.ts';
import { Lease, leaseTiming } from '../../pipeline/orchestrator/lease.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';

// takes the lease of a run, says so, and does nothing more until it is killed
const [url = '', dagId = '', timestamp = ''] = process.argv.slice(2);
const store = await openStore({ ARTIFACT_STORE: url });
const dag = defineDag(creditDefaultDag, dagId);
const run = runOf(dag.schedule, timestamp, new Date());
const request = { runs: new RunStore(store, dagId), dag, run, timing: leaseTiming };
await Lease.take(request, new AbortController().signal);
process.stdout.write('leading\n');
setInterval(() => {}, 60_000);
