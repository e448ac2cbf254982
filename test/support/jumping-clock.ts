/**
 * Stands before a program (`--import`): the wall clock is off by one after the other of JUMP_HOURS, as often as JUMP_EVERY_MS
 * says, and in each process at another moment. What measures the time that passes (`performance`, timers) goes on as ever.
 */
const everyMillis = Number(process.env.JUMP_EVERY_MS ?? 300);
const hours = (process.env.JUMP_HOURS ?? '0 5 -7 9 -11 3').split(' ').map(Number);
const TrueDate = Date;

function now(): number {
  const jump = Math.floor(performance.now() / everyMillis) + process.pid;
  return TrueDate.now() + (hours[jump % hours.length] ?? 0) * 3_600_000;
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args, given) => Reflect.construct(target, args.length === 0 ? [now()] : args, given),
  apply: () => new TrueDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
