import { setTimeout } from 'node:timers/promises';
import { Client, type QueryResult, type QueryResultRow } from 'pg';
import copyStreams from 'pg-copy-streams';
import { messageOf } from '../../artifacts/message-of.ts';
import type { Environment } from '../environment.ts';
import { DatabaseUnavailable, UsageError } from '../errors.ts';
import { databaseError } from './database-error.ts';
import { type DatabaseSettings, databaseUrls } from './database-url.ts';

const patienceMillis = 10_000;
const firstPauseMillis = 250;
const longestPauseMillis = 2_000;

/**
 * One connection, ready for queries. A server that refuses or is just starting is asked again for 10 s; one that
 * does not answer is waited for as long. Once `signal` is aborted the connection is cut, and every wait for it fails.
 * @throws DatabaseUnavailable, DatabaseRefused, UsageError
 */
export async function connectDatabase(
  settings: DatabaseSettings,
  environment: Environment,
  signal: AbortSignal = new AbortController().signal,
): Promise<Database> {
  const hosts = databaseUrls(settings, environment);
  const giveUpAt = performance.now() + patienceMillis;
  for (let pause = firstPauseMillis; ; pause = Math.min(2 * pause, longestPauseMillis)) {
    signal.throwIfAborted();
    try {
      return await connectToAny(hosts, (url) => connectOnce(url, settings.DATABASE_SILENCE_SECONDS, signal));
    } catch (error) {
      const isWorthAnother = error instanceof DatabaseUnavailable && performance.now() + pause < giveUpAt;
      if (!isWorthAnother) throw error;
    }
    await setTimeout(pause, undefined, { signal }).catch(() => {});
  }
}

/** Goes on to a host's next way when one was refused, and to the next host when it is not available: as libpq does. */
async function connectToAny(
  hosts: readonly (readonly string[])[],
  connect: (url: string) => Promise<Database>,
): Promise<Database> {
  let failure: unknown;
  for (const ways of hosts) {
    for (const url of ways) {
      try {
        return await connect(url);
      } catch (error) {
        failure = error;
        if (error instanceof DatabaseUnavailable) break;
        if (url === ways.at(-1)) throw error;
      }
    }
  }
  throw failure;
}

async function connectOnce(url: string, silenceSeconds: number | undefined, signal: AbortSignal): Promise<Database> {
  const client = newClient(url);
  // the query that fails with it reports it; without a handler it would end the process
  client.on('error', () => {});
  const cut = () => client.connection.stream.destroy(signal.reason);
  signal.addEventListener('abort', cut);
  client.once('end', () => signal.removeEventListener('abort', cut));

  const database = new Database(client, silenceSeconds);
  try {
    await client.connect();
  } catch (error) {
    client.connection.stream.destroy();
    throw signal.aborted ? signal.reason : databaseError(error, database.address);
  }
  // lets the server (from version 14 on) notice within a second that we are gone, though it has nothing to send yet
  await database.query("SET client_connection_check_interval = '1s'").catch((error) => {
    if (error instanceof DatabaseUnavailable) throw error;
  });
  return database;
}

function newClient(connectionString: string): Client {
  try {
    return new Client({
      connectionString,
      connectionTimeoutMillis: patienceMillis,
      fallback_application_name: 'credit-default-pipeline',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError([`DATABASE_URL and the PGSSL settings cannot be used: ${reason}`]);
  }
}

/** A connection to PostgreSQL. Errors say what to do about them (see `databaseError`). */
export class Database {
  /** For people: `host:port/database`. */
  readonly address: string;
  readonly #client: Client;
  readonly #silenceSeconds: number | undefined;

  /** @param silenceSeconds how long the server may send nothing before a wait for it fails; by default for ever */
  constructor(client: Client, silenceSeconds?: number) {
    const host = client.host.includes(':') ? `[${client.host}]` : client.host;
    this.address = `${host}:${client.port}/${client.database}`;
    this.#client = client;
    this.#silenceSeconds = silenceSeconds;
  }

  async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> {
    try {
      // without values it goes as a simple query, which may hold several statements
      const answer = values.length > 0 ? this.#client.query<Row>(sql, [...values]) : this.#client.query<Row>(sql);
      return await this.#withinSilence(answer);
    } catch (error) {
      throw databaseError(error, this.address);
    }
  }

  /**
   * Runs exactly one statement: several are refused, by the protocol itself.
   * @throws as `query`
   */
  async prepare(sql: string): Promise<void> {
    const statement = { text: sql, queryMode: 'extended' };
    try {
      await this.#withinSilence(this.#client.query(statement));
    } catch (error) {
      throw databaseError(error, this.address);
    }
  }

  /** What `COPY … TO STDOUT` sends, in chunks cut anywhere; no faster than they are taken. */
  async *copyTo(sql: string): AsyncGenerator<Uint8Array> {
    const stream = this.#client.query(copyStreams.to(sql));
    // when the connection ends after the reader has left, nothing else handles it
    stream.on('error', () => {});
    const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#withinSilence(chunks.next());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw databaseError(error, this.address);
    } finally {
      stream.destroy();
    }
  }

  /**
   * A server that was stopped, or whose machine is gone, keeps the connection and sends nothing.
   * @throws DatabaseUnavailable, and cuts the connection
   */
  async #withinSilence<T>(answer: Promise<T>): Promise<T> {
    const seconds = this.#silenceSeconds;
    if (seconds === undefined) return answer;
    const silence = Promise.withResolvers<never>();
    const timer = globalThis.setTimeout(() => {
      const question = 'is it stopped or the table locked, or does the query take longer (DATABASE_SILENCE_SECONDS)?';
      silence.reject(
        new DatabaseUnavailable(`the database at ${this.address} has sent nothing for ${seconds} s: ${question}`),
      );
      this.#client.connection.stream.destroy();
    }, seconds * 1000);
    try {
      return await Promise.race([answer, silence.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connection, and what still runs on it. */
  async end(): Promise<void> {
    await this.#client.end();
  }
}
