import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to one connection: it is refused, or cut, or held, once so many bytes have come from the server. */
export interface ConnectionFault {
  readonly kind: 'refuse' | 'cut' | 'hold';
  readonly afterBytes?: number;
}

/** Stands before a server. Connections are numbered from 1. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  #connections = 0;
  #onHeld: () => void = () => {};
  #release: () => void = () => {};
  faultOf: (connection: number) => ConnectionFault | undefined = () => undefined;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  close(): void {
    this.#server.close();
  }

  /** Numbers begin again. */
  reset(faultOf: (connection: number) => ConnectionFault | undefined): void {
    this.#connections = 0;
    this.faultOf = faultOf;
  }

  /** Resolves once a connection is held; it goes on with `release`. */
  held(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeld = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  #join(client: Socket): void {
    const fault = this.faultOf(++this.#connections);
    if (fault?.kind === 'refuse') return void client.resetAndDestroy();
    const server = connect(this.#target);
    client.on('error', () => server.destroy()).on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(server);
    let bytes = 0;
    let wasHeld = false;
    server.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      client.write(chunk);
      if (!fault || wasHeld || bytes < (fault.afterBytes ?? 0)) return;
      if (fault.kind === 'cut') return void client.resetAndDestroy();
      wasHeld = true;
      server.pause();
      this.#release = () => server.resume();
      this.#onHeld();
    });
  }
}
