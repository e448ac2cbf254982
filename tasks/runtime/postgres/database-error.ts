import { DatabaseError } from 'pg';
import { BadData, DatabaseRefused, DatabaseUnavailable, UsageError } from '../errors.ts';

// SQLSTATE classes: connection, resources, operator intervention (also a server that is starting or stopping), system;
// and what another transaction or a time limit did to ours
const passing = /^(08|53|57|58|40|25P0|55P03)/;
const notThere = /^(42P01|42703|3F000|42809)$/;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection was cut',
};
const lostConnection =
  /^timeout expired$|^Connection terminated|connection error|^Client was closed|establishing an SSL/;
const distrust = /CERT|^UNABLE_TO|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/**
 * The error that says what to do about one thrown by `pg`, while connecting or later; others are returned as they are.
 * `address` is `host:port/database`. Neither user nor password is repeated.
 */
export function databaseError(error: unknown, address: string): unknown {
  if (error instanceof DatabaseError) return serverError(error, address);
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (error.message.includes('does not support SSL')) {
    return new UsageError([
      `the database at ${address} offers no TLS: set PGSSLMODE=disable (or sslmode in DATABASE_URL)`,
    ]);
  }
  if (error.message.includes('client password must be')) return refusedLogin(address, 'it asks for a password');
  if (error.message.startsWith('SASL')) return refusedLogin(address, error.message);
  if (distrust.test(code)) {
    const advice = 'name its authority in PGSSLROOTCERT (or sslrootcert in DATABASE_URL), and the host as it does';
    return new DatabaseRefused(`the certificate of the database at ${address} is not trusted (${code}): ${advice}`);
  }
  if (/^E[A-Z_]+$/.test(code) || lostConnection.test(error.message)) {
    return unavailable(address, reasons[code] ?? (error.message || code), error);
  }
  return error;
}

function serverError(error: DatabaseError, address: string): Error {
  const code = error.code ?? '';
  const said = withoutUser(error.message);
  if (code.startsWith('28') && said.includes('no encryption')) {
    const advice = 'set PGSSLMODE=require (or sslmode in DATABASE_URL) if it wants TLS, and check PGUSER';
    return new DatabaseRefused(`the database at ${address} refused the login (${said}): ${advice}`);
  }
  if (code.startsWith('28')) return refusedLogin(address, said);
  if (code === '42501') return new DatabaseRefused(`${said} in ${address}: grant this user the right to it`);
  if (code === '3D000') {
    return new UsageError([
      `there is no database ${address}: create it, or name another in DATABASE_URL, or where that is unset in POSTGRES_DATABASE`,
    ]);
  }
  if (notThere.test(code)) return new BadData(`${said} in ${address}: create it, or set LOANS_TABLE`, { cause: error });
  return passing.test(code) ? unavailable(address, said, error) : error;
}

function unavailable(address: string, reason: string, cause: Error): DatabaseUnavailable {
  const sentence = `the database at ${address} is not available (${reason})`;
  return new DatabaseUnavailable(`${sentence}: is it running, and are PGHOST and PGPORT, or DATABASE_URL, right?`, {
    cause,
  });
}

function refusedLogin(address: string, reason: string): DatabaseRefused {
  const advice = 'check PGUSER and PGPASSWORD, or DATABASE_URL';
  return new DatabaseRefused(`the database at ${address} refused the login (${reason}): ${advice}`);
}

function withoutUser(message: string): string {
  return message.replace(/(user|role) "[^"]*"/g, 'this user');
}
