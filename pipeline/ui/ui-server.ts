import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { artifactKey, logKey } from '../../tasks/artifacts/artifact-keys.ts';
import { artifact, artifactNames, isTaskId } from '../../tasks/artifacts/catalogue.ts';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { type Html, html } from '../../tasks/runtime/html.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { readChampion } from '../models/judge-once.ts';
import type { Dag } from '../orchestrator/dag.ts';
import type { Controls } from '../pages/layout.ts';
import type { Pages } from '../pages/pages.ts';
import { isHostKnown, isOwnOrigin, isToken } from './access.ts';
import { type Action, actionOf, runForms, startForms } from './actions.ts';
import {
  type Answer,
  artifactPolicy,
  askedToken,
  confirmPage,
  failure,
  hiddenToken,
  htmlType,
  page,
  send,
} from './answers.ts';
import type { CommandsStarted } from './commands-started.ts';
import { LiveEvents } from './live-events.ts';
import { uiScript } from './ui-script.ts';

export interface UiParts {
  readonly pages: Pages;
  readonly store: ObjectStore;
  readonly dag: Dag;
  /** Undefined: pages are shown, and nothing can be done. */
  readonly commands: CommandsStarted | undefined;
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** What an action needs, typed by the reader; undefined: the page itself carries one of this session. */
  readonly token: string | undefined;
  readonly clock: () => Date;
  readonly log: Log;
}

const bodyLimit = 10_000;

/** Serves the pages of a store as they are at this moment, and does what their readers ask for. */
export class UiServer {
  readonly #parts: UiParts;
  readonly #token: string;
  readonly #events: LiveEvents;
  readonly #server: Server;

  constructor(parts: UiParts) {
    this.#parts = parts;
    this.#token = parts.token ?? randomBytes(32).toString('hex');
    this.#events = new LiveEvents((page) => this.#versionOf(page));
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /**
   * Where it listens then.
   * @throws UsageError when it cannot listen there
   */
  async start(): Promise<string> {
    const { host, port } = this.#parts;
    try {
      this.#server.listen(port, host.replaceAll(/[[\]]/g, ''));
      await once(this.#server, 'listening');
    } catch (error) {
      throw new UsageError([
        `${host}:${port} cannot be listened on (${messageOf(error)}): give another --port or --host`,
      ]);
    }
    const address = this.#server.address();
    const bound = typeof address === 'object' && address ? address.port : port;
    return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${bound}/`;
  }

  async stop(): Promise<void> {
    this.#events.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#parts.commands?.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#respond(request, response);
    } catch (error) {
      this.#parts.log.warn(`${request.url} could not be answered: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else await send(response, failure(503, 'The store does not answer', messageOf(error)));
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://ui');
    if (!url || !isHostKnown(request, this.#parts.host))
      return send(
        response,
        failure(421, 'Another server is meant', 'Open it by the address that the command printed.'),
      );
    if (request.method === 'GET' && url.pathname.startsWith('/events/'))
      return this.#events.add(url.pathname.slice('/events'.length), response);
    if (request.method === 'GET' || request.method === 'HEAD') return send(response, await this.#get(url));
    if (request.method === 'POST' && url.pathname === '/actions') return send(response, await this.#act(request));
    await send(response, failure(405, 'Not allowed', 'Only pages can be asked for here.'));
  }

  async #get(url: URL): Promise<Answer> {
    const { pages, dag, commands } = this.#parts;
    const path = decodedPath(url);
    if (path === '/') return { status: 302, type: htmlType, body: '', location: '/index.html' };
    if (path === '/ui.js') return { status: 200, type: 'text/javascript; charset=utf-8', body: uiScript };
    if (path === '/index.html') return page(await pages.overview(this.#controls(() => startForms())));
    if (path === '/confirm' && commands) return this.#confirm(url.searchParams);
    const timestamp = /^\/runs\/(\d{8}T\d{6})\/index\.html$/.exec(path)?.[1];
    if (timestamp) {
      const forms = (state: string) => runForms(dag, timestamp, state === 'running');
      const text = await pages.run(timestamp, ({ state }) => this.#controls(() => forms(state)));
      if (text !== undefined) return page(text);
    }
    return (await this.#stored(path)) ?? failure(404, 'There is no such page', 'All runs are on the first page.');
  }

  #controls(forms: () => Html): Controls {
    const { commands } = this.#parts;
    return commands ? { forms: forms(), started: commands.list() } : { forms: html``, started: html`` };
  }

  /** An artifact or a log of this DAG, and nothing else of the store. */
  async #stored(path: string): Promise<Answer | undefined> {
    const found = this.#keyOf(path);
    const object = found && (await this.#parts.store.get(found.key));
    return object && { status: 200, type: found.type, body: object.body, policy: artifactPolicy };
  }

  #keyOf(path: string): { readonly key: string; readonly type: string } | undefined {
    const { dagId } = this.#parts.dag;
    const [, run, task, attempt] =
      /^\/logs\/dag_id=[^/]+\/run_id=([^/]+)\/task_id=([^/]+)\/attempt=(\d+)\.log$/.exec(path) ?? [];
    if (run && task && isTaskId(task)) {
      const key = logKey(dagId, run, task, Number(attempt));
      return path === `/${key}` ? { key, type: 'text/plain; charset=utf-8' } : undefined;
    }
    const timestamp = /\/(\d{8}T\d{6})[^/]*$/.exec(path)?.[1];
    if (!timestamp) return undefined;
    const name = artifactNames.find((known) => `/${artifactKey(dagId, timestamp, known)}` === `/${dagId}${path}`);
    return name && { key: artifactKey(dagId, timestamp, name), type: artifact(name).contentType };
  }

  /** Asks first; asking changes nothing. */
  async #confirm(fields: URLSearchParams): Promise<Answer> {
    const { token } = this.#parts;
    try {
      const action = await this.#actionOf(fields);
      return page(confirmPage(action, fields, token === undefined ? hiddenToken(this.#token) : askedToken));
    } catch (error) {
      if (error instanceof UsageError) return failure(400, 'That cannot be done', error.message);
      throw error;
    }
  }

  async #act(request: IncomingMessage): Promise<Answer> {
    const { commands, log } = this.#parts;
    if (!commands) return failure(403, 'Nothing can be done here', 'It was started with --read-only.');
    if (!isOwnOrigin(request)) return failure(403, 'Refused', 'The form is of another site.');
    const fields = new URLSearchParams(await bodyOf(request));
    if (!isToken(fields.get('token') ?? '', this.#token))
      return failure(403, 'Refused', 'The token is not the one of this session: open the page again.');
    try {
      const action = await this.#actionOf(fields);
      commands.run(action.commands).catch((error: Error) => log.warn(`${action.title}: ${error.message}`));
      return { status: 303, type: htmlType, body: '', location: action.page };
    } catch (error) {
      if (error instanceof UsageError) return failure(400, 'That cannot be done', error.message);
      throw error;
    }
  }

  async #actionOf(fields: URLSearchParams): Promise<Action> {
    const { store, dag, clock } = this.#parts;
    return actionOf(fields, dag, clock(), (await readChampion(store, dag.dagId))?.timestamp);
  }

  async #versionOf(path: string): Promise<string> {
    const timestamp = /^\/runs\/(\d{8}T\d{6})\//.exec(path)?.[1];
    return `${await this.#parts.pages.version(timestamp)} ${this.#parts.commands?.version ?? ''}`;
  }
}

/** Empty, so that nothing is found, where it cannot be decoded. */
function decodedPath({ pathname }: URL): string {
  try {
    return decodeURI(pathname);
  } catch {
    return '';
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > bodyLimit) throw new RangeError('the form is too long');
  }
  return text;
}
