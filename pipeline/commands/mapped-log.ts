import type { Log } from '../../tasks/runtime/log.ts';

/** The same log, its messages changed. */
export function mappedLog({ info, warn, error }: Log, change: (message: string) => string): Log {
  return {
    info: (message, fields) => info(change(message), fields),
    warn: (message, fields) => warn(change(message), fields),
    error: (message, fields) => error(change(message), fields),
  };
}
