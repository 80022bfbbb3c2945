import type { CorruptObject } from './storage.js';

/** The lower of the two error families: what storage reports. `registry/` maps it to StatusErrors in one file. */
export type StorageErrorCode =
  /** A create met an existing key. */
  | 'KeyExists'
  /** An update or delete met no key. */
  | 'KeyNotFound'
  /** What is stored under the key cannot be read. */
  | 'CorruptObject'
  /** The stored revision is not the expected one. */
  | 'RevisionMismatch'
  /** The revision asked for is compacted away. */
  | 'Compacted'
  /** The revision asked for is still to come. */
  | 'FutureRevision'
  /** The value is larger than the limit. */
  | 'LimitExceeded'
  /** As many writes wait as may: try again in a moment. */
  | 'Busy'
  /** The database failed; nothing was acknowledged. */
  | 'Unavailable';

export class StorageError extends Error {
  constructor(
    readonly code: StorageErrorCode,
    message: string,
    /** The revision that explains it: the stored one on a mismatch, the oldest kept on Compacted, the newest on FutureRevision. */
    readonly revision?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StorageError';
  }
}

/** CorruptObject, with what is known of it. */
export class CorruptObjectError extends StorageError {
  constructor(readonly object: CorruptObject) {
    const { collection, key, revision, fault } = object;
    super('CorruptObject', `${key} of ${collection} at revision ${revision} cannot be read: ${fault}`, revision);
  }
}
