import { notAcceptable, plainError } from '../apimachinery/errors/status-error.js';
import type { JsonObject, JsonValue } from '../apimachinery/meta/json.js';
import { encodeCbor } from '../apimachinery/runtime/cbor.js';
import { indentJson } from '../apimachinery/runtime/indent-json.js';
import { encodeJson, parseJson } from '../apimachinery/runtime/json.js';
import { formatYaml } from '../apimachinery/runtime/yaml.js';
import { cborValue } from '../apimachinery/schema/cbor-value.js';
import type { ObjectView } from '../registry/rest/object-view.js';
import type { ListResult } from '../registry/rest/storage.js';
import type { Answer, LazyBody } from './answer.js';
import { JoinedItems, JSON_TEXTS, jsonTextsWith } from './joined-items.js';
import {
  CONTENT_TYPES,
  CREATE_ONLY_ENDPOINT,
  CUSTOM_RESOURCE_ENDPOINT,
  CUSTOM_SUBRESOURCE_ENDPOINT,
  LIST_ENDPOINT,
  negotiateOutput,
  OBJECT_ENDPOINT,
  type OutputMediaType,
  wantsPretty,
  withCbor,
} from './negotiation.js';
import { metadataJson, metadataListJson } from './partial-metadata.js';
import { protobufList, protobufMetadata, protobufMetadataList, protobufObject, protobufStatus } from './protobuf.js';
import { changesMetadata, represent, representAll, viewInVersion, viewsInVersion } from './representation.js';
import { isCreateOnly, type RequestScope, schemaOf } from './request-scope.js';
import { tableJson } from './table-encoder.js';
import { goPackageOf, typePrefix, withType } from './type-meta.js';

/** Lists up to this size are answered in one piece. */
const WHOLE_LIST_BYTES_MAX = 64 * 1024;
type Joined = LazyBody & { concat(): Buffer };

const LIST_END = Buffer.from(']}\n');

/** What the client wants of this endpoint. @throws StatusError 406 */
export function outputOf(scope: RequestScope, list: boolean): OutputMediaType {
  const builtin = list ? LIST_ENDPOINT : isCreateOnly(scope.storage) ? CREATE_ONLY_ENDPOINT : OBJECT_ENDPOINT;
  const custom = scope.whole ? CUSTOM_RESOURCE_ENDPOINT : CUSTOM_SUBRESOURCE_ENDPOINT;
  const endpoint = scope.definition.custom ? custom : builtin;
  return negotiateOutput(scope.request.headers.accept as string | undefined, withCbor(endpoint, scope.cbor));
}

/** One object as the client wants it. @throws StatusError 406, 400 */
export function objectAnswer(
  scope: RequestScope,
  view: ObjectView,
  status = 200,
  output: OutputMediaType = outputOf(scope, false),
): Answer | Promise<Answer> {
  if (isStatus(view)) return statusAnswer(scope, output, status, view.value());
  if (output.transform === 'none' && output.mediaType === 'json' && !pretty(scope, output)) {
    const bare = represent(scope, view);
    return bare instanceof Promise
      ? bare.then((text) => jsonAnswer(status, withType(scope.kind.kind, scope.apiVersion, text, true)))
      : jsonAnswer(status, withType(scope.kind.kind, scope.apiVersion, bare, true));
  }
  return transformedObject(scope, view, status, output);
}

/** Creates that have no object to show (binding, eviction) answer a Status. */
function isStatus(view: ObjectView): boolean {
  return view.stored === undefined && view.value().kind === 'Status';
}

async function transformedObject(
  scope: RequestScope,
  view: ObjectView,
  status: number,
  output: OutputMediaType,
): Promise<Answer> {
  switch (output.transform) {
    case 'table':
      return finish(scope, output, status, await tableJson(scope, [view], undefined, output.transformVersion));
    case 'partialMetadataList':
      // What holds custom resources could be a list, and is asked whether it is one.
      if (scope.definition.custom && scope.whole) throw plainError('content is not a list');
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list (${goTypeName(scope, '')})`,
      );
    case 'partialMetadata': {
      const shown = changesMetadata(scope) ? await viewInVersion(scope, view) : view;
      if (output.mediaType === 'protobuf') return protobufMetadata(scope, shown, output.transformVersion, status);
      return finish(scope, output, status, [metadataJson(shown, output.transformVersion)]);
    }
    case 'none':
      if (output.mediaType === 'protobuf') return protobufObject(scope, view, status);
      return finish(
        scope,
        output,
        status,
        [withType(scope.kind.kind, scope.apiVersion, await represent(scope, view), true)],
        wholeObject(scope),
      );
  }
}

/** A list as the client wants it. @throws StatusError 406, 400 */
export function listAnswer(
  scope: RequestScope,
  result: ListResult,
  output: OutputMediaType = outputOf(scope, true),
): Answer | Promise<Answer> {
  if (output.transform === 'none' && output.mediaType !== 'protobuf') {
    const texts = representAll(scope, result.items);
    return texts instanceof Promise
      ? texts.then((buffers) => finish(scope, output, 200, listJson(scope, result, buffers), wholeItems(scope)))
      : finish(scope, output, 200, listJson(scope, result, texts), wholeItems(scope));
  }
  return transformedList(scope, result, output);
}

async function transformedList(scope: RequestScope, result: ListResult, output: OutputMediaType): Promise<Answer> {
  switch (output.transform) {
    case 'table':
      return finish(scope, output, 200, await tableJson(scope, result.items, result, output.transformVersion));
    case 'partialMetadata':
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (${goTypeName(scope, 'List')})`,
      );
    case 'partialMetadataList': {
      const items = changesMetadata(scope) ? await viewsInVersion(scope, result.items) : result.items;
      if (output.mediaType === 'protobuf') return protobufMetadataList(scope, result, items, output.transformVersion);
      return finish(scope, output, 200, metadataListJson(result, items, output.transformVersion));
    }
    case 'none':
      return protobufList(scope, result);
  }
}

/** `{"kind":"PodList","apiVersion":"v1","metadata":{...},"items":[...]}`; items of custom resources carry their type. */
function listJson(scope: RequestScope, result: ListResult, texts: readonly Buffer[]): JoinedItems<Buffer> {
  const custom = scope.definition.custom && scope.whole;
  const metadata = `"metadata":${encodeJson(listMeta(result, custom))},"items":[`;
  const head = Buffer.concat([typePrefix(scope.definition.listKind, scope.apiVersion), Buffer.from(metadata)]);
  const writer = custom ? jsonTextsWith(typePrefix(scope.kind.kind, scope.apiVersion)) : JSON_TEXTS;
  return new JoinedItems(head, texts, LIST_END, writer);
}

/** metadata of any list; lists of custom resources spell out that nothing follows. */
function listMeta(result: ListResult, custom: boolean): JsonObject {
  return {
    ...(result.resourceVersion !== '' && { resourceVersion: result.resourceVersion }),
    ...((custom || result.continueToken !== '') && { continue: result.continueToken }),
    ...(result.remainingItemCount !== undefined && { remainingItemCount: result.remainingItemCount }),
  };
}

/** A Status in the encoding that the client wants. */
export function statusAnswer(
  scope: Pick<RequestScope, 'request' | 'wire'>,
  output: OutputMediaType,
  status: number,
  value: JsonObject,
): Answer {
  if (output.mediaType === 'protobuf') return protobufStatus(scope.wire, status, value);
  return finish(scope, output, status, [Buffer.from(`${encodeJson(value)}\n`)]);
}

type CborForm = (value: JsonValue) => JsonValue | object;

/** Bytes of the objects in answers that show them whole. */
const wholeObject =
  (scope: RequestScope): CborForm =>
  (value) =>
    cborValue(schemaOf(scope), value);

const wholeItems =
  (scope: RequestScope): CborForm =>
  (value) => {
    const { items, ...rest } = value as JsonObject;
    return { ...rest, items: (items as JsonValue[]).map((item) => cborValue(schemaOf(scope), item)) };
  };

/**
 * JSON text to JSON, pretty JSON, YAML or CBOR.
 * @param objects what CBOR tells of objects that JSON does not
 */
function finish(
  scope: Pick<RequestScope, 'request'>,
  output: OutputMediaType,
  status: number,
  json: Buffer[] | Joined,
  objects: CborForm = (value) => value,
): Answer {
  const whole = () => (Array.isArray(json) ? (json.length === 1 ? json[0]! : Buffer.concat(json)) : json.concat());
  if (output.mediaType === 'cbor') {
    const body = encodeCbor(objects(parseJson(whole().toString())));
    return { type: 'bytes', status, contentType: CONTENT_TYPES.cbor, body };
  }
  if (output.mediaType === 'yaml') {
    const text = formatYaml(parseJson(whole().toString()));
    return { type: 'bytes', status, contentType: CONTENT_TYPES.yaml, body: Buffer.from(text) };
  }
  if (pretty(scope, output)) {
    const text = indentJson(whole().toString().trimEnd());
    return jsonAnswer(status, Buffer.from(text));
  }
  const inOnePiece = Array.isArray(json) ? json.length === 1 : json.byteLength <= WHOLE_LIST_BYTES_MAX;
  return { type: 'bytes', status, contentType: CONTENT_TYPES.json, body: inOnePiece ? whole() : json };
}

function jsonAnswer(status: number, body: Buffer): Answer {
  return { type: 'bytes', status, contentType: CONTENT_TYPES.json, body };
}

function pretty({ request }: Pick<RequestScope, 'request'>, output: OutputMediaType): boolean {
  return wantsPretty(output, request.query, request.headers['user-agent'] as string | undefined);
}

/** How refusals name the Go type of an answer: `*core.ConfigMap`, `*unstructured.UnstructuredList`. */
function goTypeName(scope: RequestScope, suffix: '' | 'List'): string {
  if (scope.definition.custom) return `*unstructured.Unstructured${suffix}`;
  return `*${goPackageOf(scope.kind.group)}.${scope.kind.kind}${suffix}`;
}
