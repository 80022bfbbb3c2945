import { APPLY_CBOR, CBOR_SEQUENCE, CONTENT_TYPES, PATCH_CONTENT_TYPES } from '../negotiation.js';
import type { Operation } from './operations.js';

export const ANY = '*/*';
export const CUSTOM_TYPES: readonly string[] = [CONTENT_TYPES.json, CONTENT_TYPES.yaml];
const STREAM = ';stream=watch';

/** The media types that documents name. */
export class DocumentedTypes {
  /** Of built-in objects. */
  readonly objects: readonly string[];
  private readonly streams: readonly string[];

  constructor(private readonly cbor: boolean) {
    const { json, yaml, protobuf, cbor: binary } = CONTENT_TYPES;
    this.objects = cbor ? [json, yaml, protobuf, binary] : [json, yaml, protobuf];
    this.streams = [json + STREAM, protobuf + STREAM, ...(cbor ? [CBOR_SEQUENCE] : [])];
  }

  patches(custom: boolean): string[] {
    const { json, merge, strategic, apply } = PATCH_CONTENT_TYPES;
    return [json, merge, ...(custom ? [] : [strategic]), apply, ...(this.cbor ? [APPLY_CBOR] : [])];
  }

  produced({ answer, action, streams }: Operation, custom: boolean): string[] {
    if (action === 'connect') return [ANY];
    const types = custom ? [...CUSTOM_TYPES] : [...this.objects];
    if (answer === 'text') return ['text/plain', ...types];
    return !streams || custom ? types : [...types, ...this.streams];
  }
}
