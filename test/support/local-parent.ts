import { localExecutor, processIdOf, spec } from './local-attempts.ts';

// starts an attempt, prints its process id, and leads it until it is killed
const [behaviour = ''] = process.argv.slice(2);
const executor = localExecutor(behaviour);
await executor.start(spec);
process.stdout.write(`${await processIdOf(executor)}\n`);
await executor.waitForChange(60, new AbortController().signal);
