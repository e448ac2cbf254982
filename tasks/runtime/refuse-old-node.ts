import { exitCodes } from './exit-codes.ts';

// where Node has no import.meta.main, no entrypoint would know that it is one: it would do nothing and end with 0
if (import.meta.main === undefined) {
  const advice = "use Node 24.2 or later, as 'npx pipeline' and 'npx node' do after 'npm ci'";
  process.stderr.write(`Node ${process.versions.node} is too old: ${advice}\n`);
  process.exit(exitCodes.usage);
}
