import { AccessRefused, InvalidStoreSettings, MissingBucket, StoreUnavailable } from '../store-errors.ts';

/** Where a request went, for messages. */
export interface S3Place {
  readonly url: string;
  readonly host: string;
  readonly region: string;
}

const BROKEN_ON_THE_WAY = new Set([
  'BadDigest',
  'IncompleteBody',
  'InvalidDigest',
  'NoSuchUpload',
  'OperationAborted',
  'RequestTimeout',
  'XAmzContentSHA256Mismatch',
]);
const BAD_CREDENTIALS = new Set(['ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired']);
/** The SDK's names for an answer without a body, as every refusal of HEAD: a 400 is an expired token, mostly. */
const NO_CODE = new Set(['Unknown', 'UnknownError', 'BadRequest']);
const REGION_REFUSED = new Set(['IllegalLocationConstraintException', 'InvalidLocationConstraint']);

/**
 * The store's error for one of `command`: MissingBucket, AccessRefused, StoreUnavailable or InvalidStoreSettings.
 * Anything else (not found, a condition that failed, what a server does not support, a bug) is returned as it is.
 * A refusal keeps no `cause`: the SDK's own error may carry the signature and the key's id.
 */
export function s3Error(error: unknown, command: string, at: S3Place): unknown {
  if (!(error instanceof Error)) return error;
  const { code, status, region } = answerIn(error);
  const asked = `${command} on ${at.url}`;

  if (code === 'NoSuchBucket') return new MissingBucket(at.url);
  if (code === 'BucketAlreadyExists') {
    return new AccessRefused(`the bucket of ${at.url} is someone else's: choose another S3_BUCKET`);
  }
  if (REGION_REFUSED.has(code)) {
    const setting = `set AWS_REGION to the one it serves (us-east-1 where it has none)`;
    return new InvalidStoreSettings(`${at.host} creates no bucket in region ${at.region}: ${setting}`);
  }
  if (status === 301 || code === 'AuthorizationHeaderMalformed') {
    const setting = region ? `set AWS_REGION=${region}` : `set AWS_REGION to the bucket's`;
    return new AccessRefused(`${at.url} is not in region ${at.region}: ${setting}`);
  }
  if (code === 'CredentialsProviderError' || code === 'TokenProviderError') {
    const setting =
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give this workload a role, or set ARTIFACT_STORE=file:///directory';
    return new AccessRefused(`no AWS credentials for ${at.url} (${error.message}): ${setting}`);
  }
  if (code === 'AccessDenied') {
    const setting = 'grant it, or choose another S3_BUCKET if this one is not yours';
    return new AccessRefused(`these credentials have no right to ${asked} (${code}): ${setting}`);
  }
  if (code === 'RequestTimeTooSkewed') {
    return new AccessRefused(`${at.host} refused ${asked} (${code}): set the clock of this machine`);
  }
  const isBare = NO_CODE.has(code);
  if (status === 401 || status === 403 || BAD_CREDENTIALS.has(code) || (status === 400 && isBare)) {
    const answered = isBare ? `HTTP ${status} without a reason` : code;
    return new AccessRefused(`${at.host} refused ${asked} (${answered}): check the credentials and their rights`);
  }
  if (isOutage(error, code, status)) {
    return new StoreUnavailable(`${at.host} failed at ${asked}: ${reasonOf(error, code, status)}`, { cause: error });
  }
  return error;
}

/** Whether the service's answer has one of these codes. */
export function isS3Answer(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes(answerIn(error).code);
}

function isOutage(error: Error, code: string, status: number | undefined): boolean {
  if (status === 501) return false;
  // an answer that was cut off, whichever it was: the system's word
  if (error.name === 'Error' && 'code' in error) return true;
  if (status !== undefined && status >= 300) return status >= 500 || status === 429 || BROKEN_ON_THE_WAY.has(code);
  // without an answer: a timeout, or the system's word (ECONNREFUSED, ENOTFOUND, a certificate); a TypeError is a bug
  return code === 'TimeoutError' || ('code' in error && !(error instanceof TypeError));
}

function reasonOf(error: Error, code: string, status: number | undefined): string {
  // the SDK adds lines for its developers
  const [message = ''] = error.message.split('\n');
  const said = message && message !== 'UnknownError' ? message : code;
  return status === undefined ? said : `${said} (${status})`;
}

interface Answer {
  readonly code: string;
  readonly status: number | undefined;
  readonly region: string | undefined;
}

function answerIn(error: Error): Answer {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const response = '$response' in error ? error.$response : undefined;
  const headers = field(response, 'headers');
  const region = field(error, 'Region') ?? field(headers, 'x-amz-bucket-region');
  const status = field(metadata, 'httpStatusCode');
  const system = status === undefined && error.name === 'Error' ? field(error, 'code') : undefined;
  return {
    code: typeof system === 'string' ? system : error.name,
    status: typeof status === 'number' ? status : undefined,
    region: typeof region === 'string' ? region : undefined,
  };
}

function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}
