import protobuf from 'protobufjs/minimal.js';
import { badRequest } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { decodeMessage, encodeMessage, ProtobufError } from '../apimachinery/runtime/protobuf.js';
import { unwrapMessage, watchFrame, wrapMessage } from '../apimachinery/runtime/protobuf-envelope.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { ObjectCodec } from '../registry/resource-definition.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import type { Answer } from './answer.js';
import { ChunkBuilder } from './chunks.js';
import { CONTENT_TYPES } from './negotiation.js';
import { convertViews, isVerbatim } from './representation.js';
import type { RequestScope } from './request-scope.js';

const LENGTH_DELIMITED = 2;
const ITEMS_A_TURN = 200;
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
  const head = protobuf.Writer.create();
  head.uint32(key(1)).fork().uint32(key(1)).string('').uint32(key(2)).string(result.resourceVersion);
  head.uint32(key(3)).string(result.continueToken);
  if (result.remainingItemCount !== undefined) head.uint32(4 << 3).uint32(result.remainingItemCount);
  head.ldelim();
  const heads = items.map((item) => protobuf.Writer.create().uint32(key(2)).uint32(item.length).finish());
  const metadata = head.finish();
  const size = items.reduce((sum, item, i) => sum + item.length + heads[i]!.length, metadata.length);
  // The envelope of an empty message, opened up to take the items without a copy of them all.
  const { before, after } = openEnvelope(scope.apiVersion, scope.definition.listKind, size);
  const chunks = new ChunkBuilder(size + before.length + after.length);
  chunks.push(before);
  chunks.push(Buffer.from(metadata));
  items.forEach((item, i) => {
    chunks.push(Buffer.from(heads[i]!));
    chunks.push(item);
  });
  chunks.push(after);
  return { type: 'bytes', status: 200, contentType: CONTENT_TYPES.protobuf, body: chunks.finish() };
}

function openEnvelope(apiVersion: string, kind: string, size: number): { before: Buffer; after: Buffer } {
  const empty = wrapMessage({ apiVersion, kind, raw: new Uint8Array() });
  // It ends with: raw (tag, length 0), contentEncoding (tag, 0), contentType (tag, 0).
  const tailBytes = 4;
  const length = Buffer.from(protobuf.Writer.create().uint32(size).finish());
  return {
    before: Buffer.concat([empty.subarray(0, empty.length - tailBytes - 1), length]),
    after: empty.subarray(empty.length - tailBytes),
  };
}

/** The messages of objects in the scope's version; made once for a stored object. */
async function messagesOf(scope: RequestScope, views: readonly ObjectView[]): Promise<Buffer[]> {
  const memory = `protobuf:${scope.apiVersion}`;
  const messages: Buffer[] = [];
  for (const [i, view] of views.entries()) {
    let message = view.stored?.recall(memory);
    if (message === undefined) {
      if (i % ITEMS_A_TURN === ITEMS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
      const object = isVerbatim(scope) ? view.value() : (await convertViews(scope, [view]))[0]!;
      const made = Buffer.from(encodeMessage(scope.schema, object));
      message = view.stored?.remember(memory, () => made) ?? made;
    }
    messages.push(message);
  }
  return messages;
}

/** One event of a watch. Objects that are not of the scope (Status) have no wire schema here and travel as their JSON text. */
export function protobufWatchFrame(type: string, object: JsonObject, scope?: RequestScope): Buffer {
  if (scope === undefined) return watchFrame(type, Buffer.from(JSON.stringify(object)));
  const { kind, apiVersion, ...rest } = object;
  const raw = encodeMessage(scope.schema, rest);
  return watchFrame(type, wrapMessage({ apiVersion: String(apiVersion), kind: String(kind), raw }));
}

/** A protobuf body as an object. @throws StatusError 400 */
export function decodeProtobufBody(
  target: { readonly codec: ObjectCodec; readonly schema: Schema },
  body: Buffer,
): KubeObject {
  try {
    const { apiVersion, kind, raw } = unwrapMessage(body);
    const value = decodeMessage(target.schema, raw);
    return target.codec.decode(
      { ...(apiVersion !== '' && { apiVersion }), ...(kind !== '' && { kind }), ...value },
      [],
    );
  } catch (error) {
    throw error instanceof ProtobufError ? badRequest(error.message) : error;
  }
}
