/**
 * A clock that starts at the wall clock's time and goes on with the time that passes: where the wall clock is set while a
 * run goes on, no attempt has taken hours, and no retry is hours away.
 */
export function steadyClock(): () => Date {
  const zero = Date.now() - performance.now();
  return () => new Date(zero + performance.now());
}
