import { DatabaseError } from 'pg';
import { BadData } from '../runtime/errors.ts';

const notOneSelect = /^(42601|0A000|25006)$/;

/** What the server finds wrong with a query of the user's own is a fault of that query, named by `what`; other errors are returned as they are. */
export function queryError(error: unknown, what: string): unknown {
  const isOfQuery = error instanceof DatabaseError || error instanceof BadData;
  if (!isOfQuery) return error;
  const advice = error instanceof DatabaseError && notOneSelect.test(error.code ?? '') ? ': it must be one SELECT' : '';
  return new BadData(`${what} cannot be run: ${error.message}${advice}`, { cause: error });
}
