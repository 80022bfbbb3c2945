import protobuf from 'protobufjs/minimal.js';
import { badRequest } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject, ObjectMeta } from '../apimachinery/meta/object.js';
import { decodeMessage, encodeMessage, ProtobufError } from '../apimachinery/runtime/protobuf.js';
import {
  type Envelope,
  openEnvelope,
  unwrapMessage,
  varintBytes,
  watchFrame,
  wrapMessage,
  writeVarint,
} from '../apimachinery/runtime/protobuf-envelope.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { WireTypes } from '../registry/registry.module.js';
import type { ObjectCodec } from '../registry/resource-definition.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import { TimeSlices } from '../storage/cacher/time-slices.js';
import type { Answer } from './answer.js';
import { type ItemWriter, JoinedItems } from './joined-items.js';
import { CONTENT_TYPES } from './negotiation.js';
import { convertViews, isVerbatim } from './representation.js';
import { type RequestScope, schemaOf } from './request-scope.js';

const LENGTH_DELIMITED = 2;
const key = (number: number): number => (number << 3) | LENGTH_DELIMITED;

/** One object as `application/vnd.kubernetes.protobuf`. */
export async function protobufObject(scope: RequestScope, view: ObjectView, status: number): Promise<Answer> {
  const [raw] = await messagesOf(scope, [view]);
  const body = wrapMessage({ apiVersion: scope.apiVersion, kind: scope.kind.kind, raw: raw! });
  return { type: 'bytes', status, contentType: CONTENT_TYPES.protobuf, body };
}

/** A list: metadata, then each item as it is remembered beside its object. */
export async function protobufList(scope: RequestScope, result: ListResult): Promise<Answer> {
  const items = await messagesOf(scope, result.items);
  return listOf(scope.apiVersion, scope.definition.listKind, result, items);
}

function listOf(apiVersion: string, listKind: string, result: ListResult, items: readonly Buffer[]): Answer {
  const head = protobuf.Writer.create();
  head.uint32(key(1)).fork().uint32(key(1)).string('').uint32(key(2)).string(result.resourceVersion);
  head.uint32(key(3)).string(result.continueToken);
  if (result.remainingItemCount !== undefined) head.uint32(4 << 3).uint32(result.remainingItemCount);
  head.ldelim();
  const metadata = head.finish();
  const size = items.reduce((sum, item) => sum + LIST_ITEMS.size(item, false), metadata.length);
  // The envelope of an empty message, opened up to take the items without a copy of them all.
  const { before, after } = openEnvelope(apiVersion, listKind, size);
  const body = new JoinedItems(Buffer.concat([before, metadata]), items, after, LIST_ITEMS);
  return { type: 'bytes', status: 200, contentType: CONTENT_TYPES.protobuf, body };
}

/** Messages as the repeated field 2 of a list. */
const LIST_ITEMS: ItemWriter<Buffer> = {
  size: ({ length }) => 1 + varintBytes(length) + length,
  write(item, _first, target, at) {
    target[at++] = key(2);
    const from = writeVarint(item.length, target, at);
    target.set(item, from);
    return from + item.length;
  },
};

/** The messages of objects in the scope's version; made once for a stored object. */
async function messagesOf(scope: RequestScope, views: readonly ObjectView[]): Promise<Buffer[]> {
  const memory = `protobuf:${scope.apiVersion}`;
  const messages: Buffer[] = [];
  const slices = new TimeSlices();
  for (const view of views) {
    let message = view.stored?.recall(memory);
    if (message === undefined) {
      if (slices.due()) await slices.pause();
      const object = isVerbatim(scope) ? view.value() : (await convertViews(scope, [view]))[0]!;
      const made = Buffer.from(encodeMessage(schemaOf(scope), object));
      message = view.stored?.remember(memory, () => made) ?? made;
    }
    messages.push(message);
  }
  return messages;
}

/** An object's metadata alone. */
export function protobufMetadata(scope: RequestScope, view: ObjectView, version: string, status: number): Answer {
  const body = metadataEnvelope(scope.wire, view.value().metadata, version);
  return { type: 'bytes', status, contentType: CONTENT_TYPES.protobuf, body };
}

/** @param views the items of the list, with the metadata to show */
export function protobufMetadataList(
  scope: RequestScope,
  result: ListResult,
  views: readonly ObjectView[],
  version: string,
): Answer {
  const items = views.map((view) => metadataMessage(scope.wire, view.value().metadata));
  return listOf(`meta.k8s.io/${version}`, 'PartialObjectMetadataList', result, items);
}

/** PartialObjectMetadata has this one field. */
function metadataMessage({ objectMeta }: WireTypes, metadata: Readonly<ObjectMeta>): Buffer {
  const writer = protobuf.Writer.create()
    .uint32(key(1))
    .bytes(encodeMessage(objectMeta, { ...metadata }));
  return Buffer.from(writer.finish());
}

function metadataEnvelope(wire: WireTypes, metadata: Readonly<ObjectMeta>, version: string): Buffer {
  const raw = metadataMessage(wire, metadata);
  return wrapMessage({ apiVersion: `meta.k8s.io/${version}`, kind: 'PartialObjectMetadata', raw });
}

/** A Status that stands for the answer. */
export function protobufStatus(wire: WireTypes, code: number, status: JsonObject): Answer {
  return { type: 'bytes', status: code, contentType: CONTENT_TYPES.protobuf, body: typedMessage(wire.status, status) };
}

/** One event of a watch. @param object with its type @param schema of that type */
export function protobufWatchFrame(type: string, object: JsonObject, schema: Schema): Buffer {
  return watchFrame(type, typedMessage(schema, object));
}

/** The same of a watch on metadata. */
export function protobufMetadataFrame(
  type: string,
  metadata: Readonly<ObjectMeta>,
  version: string,
  wire: WireTypes,
): Buffer {
  return watchFrame(type, metadataEnvelope(wire, metadata, version));
}

function typedMessage(schema: Schema, object: JsonObject): Buffer {
  const { kind, apiVersion, ...rest } = object;
  return wrapMessage({ apiVersion: String(apiVersion), kind: String(kind), raw: encodeMessage(schema, rest) });
}

interface DecodeTarget {
  readonly codec: ObjectCodec;
  readonly schema: Schema;
}

/** A protobuf body as an object. @throws StatusError 400 */
export function decodeProtobufBody(target: DecodeTarget, body: Buffer): KubeObject {
  try {
    return decodeEnvelope(target, unwrapMessage(body));
  } catch (error) {
    throw error instanceof ProtobufError ? badRequest(error.message) : error;
  }
}

/** What an envelope holds, as an object. @throws ProtobufError */
export function decodeEnvelope({ schema, codec }: DecodeTarget, { apiVersion, kind, raw }: Envelope): KubeObject {
  const type = { ...(apiVersion !== '' && { apiVersion }), ...(kind !== '' && { kind }) };
  return codec.decode({ ...type, ...decodeMessage(schema, raw) }, []);
}
