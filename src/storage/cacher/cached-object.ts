import type { KubeObject } from '../../apimachinery/meta/object.js';
import { parseJson } from '../../apimachinery/runtime/json.js';
import { encodeContent } from '../content.js';
import type { CollectionOptions, ObjectAttributes, Revision, StoredObject } from '../storage.js';
import type { EncodingBudget, RememberedEncoding } from './encodings.js';

/** What the objects of one collection share. */
export interface ObjectHome {
  readonly options: CollectionOptions;
  readonly encodings: EncodingBudget;
}

/** A StoredObject in memory: its bytes, and what has been made of them so far. */
export class CachedObject implements StoredObject {
  private remembered: Map<string, RememberedEncoding> | undefined;

  constructor(
    protected readonly home: ObjectHome,
    readonly key: string,
    readonly namespace: string,
    readonly revision: Revision,
    readonly json: Buffer,
    private known: ObjectAttributes | undefined,
  ) {}

  get collection(): string {
    return this.home.options.collection;
  }

  get name(): string {
    return this.namespace === '' ? this.key : this.key.slice(this.namespace.length + 1);
  }

  /** True once `attributes` costs no parsing. */
  get isWarm(): boolean {
    return this.known !== undefined;
  }

  get attributes(): ObjectAttributes {
    this.known ??= this.home.options.attributesOf(this.decode());
    return this.known;
  }

  decode(): KubeObject {
    return parseJson(this.json.toString('utf8')) as KubeObject;
  }

  recall(encoding: string): Buffer | undefined {
    const entry = this.remembered?.get(encoding);
    if (entry?.bytes === undefined) return undefined;
    entry.used = true;
    return entry.bytes;
  }

  remember(encoding: string, make: () => Buffer): Buffer {
    const known = this.recall(encoding);
    if (known !== undefined) return known;
    const bytes = make();
    const added = this.home.encodings.add(bytes, bytes === this.json);
    if (added === undefined) return bytes;
    this.remembered ??= new Map();
    this.remembered.set(encoding, added);
    return added.bytes ?? bytes;
  }

  /** Gives the room of its encodings back; for objects nobody will ask for again. */
  forgetEncodings(): void {
    if (this.remembered === undefined) return;
    for (const entry of this.remembered.values()) this.home.encodings.release(entry);
    this.remembered = undefined;
  }

  /** This last state as the deletion at `revision` reports it. */
  deletedAt(revision: Revision): CachedObject {
    return new CachedObject(this.home, this.key, this.namespace, revision, this.restamp(revision), this.known);
  }

  private restamp(revision: Revision): Buffer {
    const stamp = `{"metadata":{"resourceVersion":"${this.revision}"`;
    if (this.json.length < stamp.length || this.json.toString('latin1', 0, stamp.length) !== stamp) {
      return Buffer.from(encodeContent(this.decode(), { labels: {}, fields: {} }).text(revision));
    }
    const head = Buffer.from(`{"metadata":{"resourceVersion":"${revision}"`, 'latin1');
    return Buffer.concat([head, this.json.subarray(stamp.length)]);
  }
}
