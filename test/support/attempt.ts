// stands in for a task: does what BEHAVIOUR says, with what ARGUMENT says; quick to start, as it imports only when needed
const { BEHAVIOUR = '', ARGUMENT = '' } = process.env;

const behaviours: Readonly<Record<string, () => Promise<void> | void>> = {
  exit: () => process.exit(Number(ARGUMENT)),
  kill() {
    process.kill(process.pid, ARGUMENT);
  },
  printEnvironment() {
    process.stderr.write(`${process.env.LOG_FORMAT} ${process.env.ARGUMENT} ${process.env.HOME}`);
    process.exitCode = 70;
  },
  complain: () => {
    process.stderr.write(ARGUMENT);
    process.exitCode = 70;
  },
  async work() {
    const { shutdownSignal } = await import('../../tasks/runtime/shutdown.ts');
    shutdownSignal().addEventListener('abort', () => process.exit(143));
    sayReady();
    setInterval(() => {}, 60_000);
  },
  ignoreSigterm() {
    process.on('SIGTERM', () => {});
    sayReady();
    setInterval(() => {}, 60_000);
  },
  /** Says by a file that it is ready, and takes SIGTERM for a good end. */
  async exitZeroOnSigterm() {
    const { writeFileSync } = await import('node:fs');
    process.on('SIGTERM', () => process.exit(0));
    writeFileSync(ARGUMENT, '');
    setInterval(() => {}, 60_000);
  },
  async listenLate() {
    sayReady();
    // as while modules are loaded: its parent dies before a handler is installed
    while (process.connected) await new Promise((resolve) => setTimeout(resolve, 10));
    const { shutdownSignal } = await import('../../tasks/runtime/shutdown.ts');
    const signal = shutdownSignal();
    if (signal.aborted) process.exit(143);
    setInterval(() => {}, 60_000);
  },
  babble() {
    process.send?.('no object');
    process.send?.({ progress: { done: 'many' } });
    process.send?.({ progress: { done: 7, total: null, unit: 'rows' } });
    setInterval(() => {}, 60_000);
  },
};

/** Its process id is its progress, so that a test can look for it. */
function sayReady(): void {
  process.send?.({ progress: { done: process.pid, total: null, unit: 'process' } });
}

await behaviours[BEHAVIOUR]?.();

export {};
