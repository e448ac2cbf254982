import { type IncomingMessage, type RequestListener, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Stands before a server and flips one bit of each body that is put; `seen` gets those requests. */
export function flippingProxy(target: string, seen: IncomingMessage[]): RequestListener {
  return async (incoming, outgoing) => {
    const body = await buffer(incoming);
    if (incoming.method === 'PUT' && body.length > 0) {
      seen.push(incoming);
      body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    }
    const { url = '/', method, headers } = incoming;
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.end(body);
  };
}
