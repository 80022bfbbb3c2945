import type { JsonObject, JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeCbor, selfDescribed } from '../apimachinery/runtime/cbor.js';
import { encodeJson, parseJson } from '../apimachinery/runtime/json.js';
import { cborValue } from '../apimachinery/schema/cbor-value.js';
import { type ObjectView, viewOfStored, viewOfValue } from '../registry/rest/object-view.js';
import type { WatchEvent } from '../registry/rest/storage.js';
import type { OutputMediaType } from './negotiation.js';
import { metadataJson } from './partial-metadata.js';
import { protobufMetadataFrame, protobufWatchFrame } from './protobuf.js';
import { changesMetadata, isVerbatim, represent, viewInVersion } from './representation.js';
import { type RequestScope, schemaOf } from './request-scope.js';
import { TableEventEncoder } from './table-encoder.js';
import { typePrefix, withType } from './type-meta.js';

const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };
const END = Buffer.from('}\n');

/**
 * Writes watch events as frames. Where every watcher of a type gets the same text (JSON in the stored version), one event is
 * encoded once a turn of the event loop, whatever the number of watchers.
 */
export class WatchEncoder {
  private readonly shared: SharedFrames | undefined;
  private readonly table: TableEventEncoder | undefined;

  constructor(
    private readonly scope: RequestScope,
    private readonly output: OutputMediaType,
  ) {
    const plain = output.mediaType === 'json' && output.transform === 'none' && isVerbatim(scope);
    this.shared = plain ? SharedFrames.of(scope.kind.kind, scope.apiVersion) : undefined;
    this.table = output.transform === 'table' ? new TableEventEncoder(scope, output.transformVersion) : undefined;
  }

  /** Frames of events, in order; a promise only where objects must be converted by somebody else. */
  encode(events: readonly WatchEvent[]): Buffer | Promise<Buffer> {
    const { shared } = this;
    if (shared === undefined) return this.encodeEach(events);
    if (events.length === 1) return this.frame(shared, events[0]!);
    return Buffer.concat(events.map((event) => this.frame(shared, event)));
  }

  /** `{"type":"ERROR","object":Status}`. */
  error(status: JsonObject): Buffer {
    if (this.output.mediaType === 'protobuf') return protobufWatchFrame('ERROR', status, this.scope.wire.status);
    if (this.output.mediaType === 'cbor') return encodeCbor({ type: 'ERROR', object: status });
    return Buffer.from(`${encodeJson({ type: 'ERROR', object: status })}\n`);
  }

  private frame(shared: SharedFrames, event: WatchEvent): Buffer {
    if (event.type === 'BOOKMARK') return this.bookmark(event);
    return event.object === undefined ? this.textFrame(event.type, this.typed(event.value!)) : shared.frame(event);
  }

  private async encodeEach(events: readonly WatchEvent[]): Promise<Buffer> {
    const frames: Buffer[] = [];
    for (const event of events) frames.push(await this.encodeOne(event));
    return Buffer.concat(frames);
  }

  private async encodeOne(event: WatchEvent): Promise<Buffer> {
    if (event.type === 'BOOKMARK') return this.bookmark(event);
    const view = event.object === undefined ? viewOfValue(event.value!) : viewOfStored(event.object);
    if (this.table !== undefined) return this.textFrame(event.type, await this.table.object(view));
    if (this.output.transform === 'partialMetadata' || this.output.transform === 'partialMetadataList') {
      return this.metadataFrame(event.type, changesMetadata(this.scope) ? await viewInVersion(this.scope, view) : view);
    }
    const bare = await represent(this.scope, view);
    const text = withType(this.scope.kind.kind, this.scope.apiVersion, bare, false);
    if (this.output.mediaType === 'protobuf')
      return protobufWatchFrame(event.type, JSON.parse(text.toString()) as JsonObject, schemaOf(this.scope));
    return this.textFrame(event.type, text);
  }

  private bookmark(event: WatchEvent): Buffer {
    const metadata = {
      resourceVersion: String(event.revision),
      ...(event.initialEventsEnd === true && { annotations: INITIAL_EVENTS_END }),
    };
    const object: KubeObject = { metadata };
    if (this.output.transform === 'partialMetadata' || this.output.transform === 'partialMetadataList') {
      return this.metadataFrame('BOOKMARK', viewOfValue(object));
    }
    const whole: KubeObject = {
      kind: this.scope.kind.kind,
      apiVersion: this.scope.apiVersion,
      ...this.scope.codec.normalize(object),
    };
    if (this.table !== undefined) return this.textFrame('BOOKMARK', this.table.bookmark(whole));
    if (this.output.mediaType === 'protobuf') {
      return protobufWatchFrame('BOOKMARK', whole as unknown as JsonObject, schemaOf(this.scope));
    }
    return this.textFrame('BOOKMARK', Buffer.from(encodeJson(whole)));
  }

  private metadataFrame(type: string, view: ObjectView): Buffer {
    const { mediaType, transformVersion } = this.output;
    if (mediaType === 'protobuf') {
      return protobufMetadataFrame(type, view.value().metadata, transformVersion, this.scope.wire);
    }
    return this.textFrame(type, metadataJson(view, transformVersion));
  }

  private typed(object: KubeObject): Buffer {
    return Buffer.from(encodeJson({ kind: this.scope.kind.kind, apiVersion: this.scope.apiVersion, ...object }));
  }

  private textFrame(type: string, object: Buffer): Buffer {
    if (this.output.mediaType === 'cbor') return this.cborFrame(type, parseJson(object.toString()));
    return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, END]);
  }

  /** One item of a sequence; the object in it is one of its own. */
  private cborFrame(type: string, object: JsonValue): Buffer {
    const whole = this.output.transform === 'none' ? cborValue(schemaOf(this.scope), object) : object;
    return encodeCbor({ type, object: selfDescribed(whole) });
  }
}

/** Frames of one type that were made in this turn of the event loop, to be shared by all watchers of the type. */
class SharedFrames {
  private static readonly byType = new Map<string, SharedFrames>();
  private readonly frames = new Map<object, Map<string, Buffer>>();
  private clearing = false;

  private constructor(
    private readonly kind: string,
    private readonly apiVersion: string,
  ) {}

  static of(kind: string, apiVersion: string): SharedFrames {
    const key = `${apiVersion} ${kind}`;
    let frames = SharedFrames.byType.get(key);
    if (frames === undefined) {
      frames = new SharedFrames(kind, apiVersion);
      SharedFrames.byType.set(key, frames);
    }
    return frames;
  }

  frame({ type, object }: WatchEvent): Buffer {
    const owner = object!;
    let byType = this.frames.get(owner);
    if (byType === undefined) {
      byType = new Map();
      this.frames.set(owner, byType);
      this.clearSoon();
    }
    let frame = byType.get(type);
    if (frame === undefined) {
      frame = this.make(type, owner.json);
      byType.set(type, frame);
    }
    return frame;
  }

  private make(type: string, bare: Buffer): Buffer {
    const lead = Buffer.from(`{"type":"${type}","object":`);
    const prefix = typePrefix(this.kind, this.apiVersion);
    return Buffer.concat([lead, prefix, bare.subarray(1), END]);
  }

  private clearSoon(): void {
    if (this.clearing) return;
    this.clearing = true;
    setImmediate(() => {
      this.clearing = false;
      this.frames.clear();
    });
  }
}
