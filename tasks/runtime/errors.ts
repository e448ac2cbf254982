/** Wrong usage or settings; every fault found is listed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('; '), options);
    this.faults = faults;
  }
}

/** The data itself is at fault: trying again cannot help. */
export class BadData extends Error {
  override readonly name = 'BadData';
}

/** An input was published, but is not what it should be. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** What the data waits for is not there yet: asking again later is all that can be done. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** SIGTERM, Ctrl-C, or the orchestrator is gone. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(seconds: number) {
    super(`not done after ${seconds} s (EXECUTION_TIMEOUT_SECONDS)`);
  }
}
