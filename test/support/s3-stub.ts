import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { openS3Store } from '../../tasks/artifacts/stores/s3/s3-store.ts';
import { serve } from './http-server.ts';

/** An error as S3 sends it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Further elements of the XML. */
  readonly more?: string;
  /** In the header that names the bucket's region. */
  readonly region?: string;
}

export function refuse(response: ServerResponse, { status, code, more = '', region }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...(region && { 'x-amz-bucket-region': region }) });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`);
}

/** A store with bucket `the-bucket` on a server that answers as `answer` does. */
export async function storeAnswering(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  patienceSeconds?: number,
): Promise<ObjectStore> {
  const endpoint = await serve(t, (request, response) => {
    request.resume();
    answer(request, response);
  });
  return openS3Store({ bucket: 'the-bucket', endpoint, patienceSeconds });
}
