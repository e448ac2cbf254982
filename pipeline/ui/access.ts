import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

export function isLoopback(host: string): boolean {
  return loopbackNames.includes(host) || host === '::1';
}

/**
 * Whether a request names this server as a browser's address bar would. On loopback that is by a loopback name: a page of
 * another site whose name resolves to 127.0.0.1 (DNS rebinding) names itself. A forwarded port may be another one.
 */
export function isHostKnown({ headers }: IncomingMessage, boundTo: string): boolean {
  return !isLoopback(boundTo) || loopbackNames.includes((headers.host ?? '').replace(/:\d+$/, ''));
}

/** Whether a form was sent by a page of this server; a program sends no origin, and needs the token all the same. */
export function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  return (origin === undefined || origin === `http://${host}`) && (site === undefined || site === 'same-origin');
}

export function isToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
