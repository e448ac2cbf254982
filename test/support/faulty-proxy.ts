import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { isLongForm } from './chaos-cases.ts';

/** What goes wrong with one request, and what its client meets. */
export const storeFaults = [
  '500',
  '503 SlowDown',
  'reset before it is passed on',
  'reset after it was acted on',
  'answer cut off',
  'bytes changed',
  'stalled',
] as const;
/** A server that knows the client no more: neither does waiting help. */
export const storeRefusals = ['400 ExpiredToken', '403 InvalidAccessKeyId', '403 RequestTimeTooSkewed'] as const;
export type StoreFault = (typeof storeFaults)[number] | (typeof storeRefusals)[number];

/** Longer than a client waits for progress. */
const stallMs = isLongForm ? 60_000 : 12_000;

/**
 * Stands before an S3 server, and lets happen to a request what `faultOf` says. Bytes change only in bodies that readers
 * hash: what else is read is small, and TLS's to protect.
 */
export function faultyProxy(
  target: string,
  faultOf: (incoming: IncomingMessage) => StoreFault | undefined,
): RequestListener {
  return async (incoming, outgoing) => {
    const body = await buffer(incoming).catch(() => undefined);
    if (!body) return;
    const fault = faultOf(incoming);
    if (fault === '500') return refuse(outgoing, 500, 'InternalError');
    if (fault === '503 SlowDown') return refuse(outgoing, 503, 'SlowDown');
    const [, status = '', code = ''] = /^(40[03]) (\w+)$/.exec(fault ?? '') ?? [];
    if (code) return refuse(outgoing, Number(status), code);
    if (fault === 'reset before it is passed on') return void outgoing.destroy();
    if (fault === 'stalled') return void setTimeout(() => outgoing.destroy(), stallMs).unref();
    const { url = '/', method, headers } = incoming;
    const onward = request(new URL(url, target), { method, headers }, async (answer) => {
      const content = await buffer(answer);
      if (fault === 'reset after it was acted on') return void outgoing.destroy();
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault === 'answer cut off' && content.length > 0) {
        outgoing.write(content.subarray(0, content.length / 2), () => outgoing.destroy());
        return;
      }
      if (fault === 'bytes changed' && method === 'GET' && /\.(csv|onnx)$/.test(url.split('?')[0] ?? ''))
        content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      outgoing.end(content);
    });
    onward.on('error', () => outgoing.destroy());
    onward.end(body);
  };
}

function refuse(outgoing: ServerResponse, status: number, code: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>on demand</Message></Error>`);
}
