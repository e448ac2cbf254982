import { S3Client } from '@aws-sdk/client-s3';
import { InvalidStoreSettings } from '../store-errors.ts';
import { type S3Place, s3Error } from './s3-errors.ts';

export interface S3Options {
  readonly bucket: string;
  /** Of every key; no slash at its ends. */
  readonly prefix?: string | undefined;
  /** Default: what the AWS SDK finds, else us-east-1. */
  readonly region?: string | undefined;
  /** Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else AWS itself. */
  readonly endpoint?: string | undefined;
  /** The bucket in the path rather than in the host's name. Default: true where an endpoint is set. */
  readonly forcePathStyle?: boolean | undefined;
  /** A request without any progress for so long is given up, and tried again (three times in all). */
  readonly patienceSeconds?: number | undefined;
}

/** A client whose errors are already the store's, wherever in the SDK they arise. */
export interface S3Connection extends S3Place {
  readonly client: S3Client;
  readonly bucket: string;
}

/** @throws InvalidStoreSettings when the endpoint is no URL */
export async function connectS3(options: S3Options): Promise<S3Connection> {
  const { bucket, prefix, patienceSeconds = 10 } = options;
  const endpoint = options.endpoint || process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL;
  const place = endpoint && hostOf(endpoint);
  const region = options.region || (await configuredRegion());
  const client = new S3Client({
    region,
    ...(endpoint && { endpoint }),
    forcePathStyle: options.forcePathStyle ?? Boolean(endpoint),
    // older stores know no other checksums than those asked for; readers hash for themselves
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5000, socketTimeout: patienceSeconds * 1000 },
  });
  const url = `s3://${prefix ? `${bucket}/${prefix}` : bucket}`;
  const host = place || `s3.${region}.amazonaws.com`;
  const connection = { client, bucket, url, host, region };
  translateErrors(client, connection);
  return connection;
}

/** Outermost of the client's middleware, so that every request's error passes here once, `Upload`'s too. */
function translateErrors(client: S3Client, at: S3Place): void {
  client.middlewareStack.add(
    (next, { commandName = 'a request' }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          throw s3Error(error, commandName.replace(/Command$/, ''), at);
        }
      },
    { name: 'translateErrors', step: 'initialize', priority: 'high' },
  );
}

async function configuredRegion(): Promise<string> {
  try {
    return await new S3Client({}).config.region();
  } catch {
    return 'us-east-1';
  }
}

function hostOf(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.host;
  throw new InvalidStoreSettings(
    `AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) must be a URL as http://127.0.0.1:9000, found "${endpoint}"`,
  );
}
