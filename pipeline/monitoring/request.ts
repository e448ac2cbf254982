import { unescape as decoded } from 'node:querystring';

/** What is recorded after it fits into the 5 s that a run may be held up. */
export const sendSeconds = 4;

/**
 * A request that takes 4 s at most; a redirect is a failure, since a secret must not go to another host.
 * @throws Error whose message is safe to log: it repeats neither address nor answer
 */
export async function request(url: string, init: RequestInit = {}): Promise<void> {
  const target = new URL(url);
  const { username, password } = target;
  const headers = new Headers(init.headers);
  // fetch takes no credentials in a URL
  if (username) headers.set('authorization', `Basic ${btoa(`${decoded(username)}:${decoded(password)}`)}`);
  [target.username, target.password] = ['', ''];
  const { status, body } = await fetch(target, {
    ...init,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(sendSeconds * 1000),
  }).catch((error) => {
    throw new Error(reasonOf(error));
  });
  await body?.cancel();
  if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${sendSeconds} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'it cannot be reached';
}
