/** Another writer was first. */
export class PreconditionFailed extends Error {
  override readonly name = 'PreconditionFailed';
  constructor(key: string, options?: ErrorOptions) {
    super(`${key} was changed by another writer in the meantime`, options);
  }
}

export class MissingBucket extends Error {
  override readonly name = 'MissingBucket';
  constructor(url: string, options?: ErrorOptions) {
    super(`there is no bucket at ${url}: run create_s3_bucket first, or create it yourself`, options);
  }
}

/** Credentials refused, a right missing, or the bucket is someone else's. */
export class AccessRefused extends Error {
  override readonly name = 'AccessRefused';
}

/** Not reachable, or failing, after the client's own retries. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The disk or the quota is full: waiting does not help. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
}

/** The settings name no usable store. */
export class InvalidStoreSettings extends Error {
  override readonly name = 'InvalidStoreSettings';
}
