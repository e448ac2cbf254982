import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';

/** What `doctor` says of one thing that it looked at. */
export interface Finding {
  readonly checked: string;
  readonly isWell: boolean;
  /** It is no fault that it is not there. */
  readonly isAbsent?: true;
  /** What was found, or what is wrong and what to do. */
  readonly found: string;
}

/** A failure of the examination is the finding. */
export async function check<T>(
  checked: string,
  examination: () => T | Promise<T>,
  describe: (value: T) => string,
): Promise<{ readonly finding: Finding; readonly value?: T }> {
  try {
    const value = await examination();
    return { finding: { checked, isWell: true, found: describe(value) }, value };
  } catch (error) {
    const faults = error instanceof UsageError ? error.faults : [messageOf(error)];
    return { finding: { checked, isWell: false, found: faults.join('\n') } };
  }
}
