/**
 * The environment that breaks a task: Node runs `code` before the program. As a data URL, since the image is read-only,
 * and without spaces, which NODE_OPTIONS splits at.
 */
export function breakage(code: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

export const exitOneThreeTimes = breakage('if (Number(process.env.ATTEMPT) <= 3) process.exit(1)');

export const hogMemoryOnce = breakage(
  "if (process.env.ATTEMPT === '1') for (const hoard = []; ; ) hoard.push(Buffer.alloc(64 * 1024 * 1024, 1))",
);

/** Busy rather than asleep, so that SIGTERM is not handled either. */
export const hangOnce = breakage("if (process.env.ATTEMPT === '1') for (;;);");
