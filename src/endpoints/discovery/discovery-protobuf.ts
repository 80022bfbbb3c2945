import { Writer } from 'protobufjs/minimal.js';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';

/**
 * Discovery documents on the wire: the four bytes `k8s\0`, then runtime.Unknown round the message. Go's generated code writes
 * plain fields even when they are empty, so the tables below do too.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function encodeDiscoveryProtobuf(document: JsonObject): Buffer {
  const message = MESSAGES[document['kind'] as string];
  if (message === undefined) throw new RangeError(`no wire form of ${String(document['kind'])}`);
  const writer = Writer.create();
  writer.uint32(tag(1)).fork();
  writer.uint32(tag(1)).string((document['apiVersion'] as string | undefined) ?? '');
  writer.uint32(tag(2)).string(document['kind'] as string);
  writer.ldelim();
  writer.uint32(tag(2)).fork();
  writeMessage(writer, message, document);
  writer.ldelim();
  writer.uint32(tag(3)).string('');
  writer.uint32(tag(4)).string('');
  return Buffer.concat([PREFIX, writer.finish()]);
}

const PREFIX = Buffer.from('k8s\0', 'latin1');

/** Fields by number, ascending. `optional` strings are pointers in Go: left out when absent. */
type Message = readonly WireField[];
type WireField =
  | {
      readonly number: number;
      readonly name: string;
      readonly type: 'string' | 'bool' | 'strings' | 'wrappedStrings' | 'zero';
    }
  | {
      readonly number: number;
      readonly name: string;
      readonly type: 'message' | 'messages' | 'optional';
      readonly of: Message;
    };

function plain(
  number: number,
  name: string,
  type: 'string' | 'bool' | 'strings' | 'wrappedStrings' | 'zero' = 'string',
): WireField {
  return { number, name, type };
}

function nested(
  number: number,
  name: string,
  of: Message,
  type: 'message' | 'messages' | 'optional' = 'messages',
): WireField {
  return { number, name, type, of };
}

const LIST_META: Message = [plain(1, 'selfLink'), plain(2, 'resourceVersion'), plain(3, 'continue')];
const OBJECT_META: Message = [
  plain(1, 'name'),
  plain(2, 'generateName'),
  plain(3, 'namespace'),
  plain(4, 'selfLink'),
  plain(5, 'uid'),
  plain(6, 'resourceVersion'),
  plain(7, 'generation', 'zero'),
  nested(8, 'creationTimestamp', [], 'message'),
];
const SERVER_ADDRESS: Message = [plain(1, 'clientCIDR'), plain(2, 'serverAddress')];
const GROUP_VERSION: Message = [plain(1, 'groupVersion'), plain(2, 'version')];
const API_GROUP: Message = [
  plain(1, 'name'),
  nested(2, 'versions', GROUP_VERSION),
  nested(3, 'preferredVersion', GROUP_VERSION, 'message'),
];
const API_RESOURCE: Message = [
  plain(1, 'name'),
  plain(2, 'namespaced', 'bool'),
  plain(3, 'kind'),
  plain(4, 'verbs', 'wrappedStrings'),
  plain(5, 'shortNames', 'strings'),
  plain(6, 'singularName'),
  plain(7, 'categories', 'strings'),
  plain(8, 'group'),
  plain(9, 'version'),
  plain(10, 'storageVersionHash'),
];
const RESPONSE_KIND: Message = [plain(1, 'group'), plain(2, 'version'), plain(3, 'kind')];
const SUBRESOURCE_DISCOVERY: Message = [
  plain(1, 'subresource'),
  nested(2, 'responseKind', RESPONSE_KIND, 'optional'),
  nested(3, 'acceptedTypes', RESPONSE_KIND),
  plain(4, 'verbs', 'strings'),
];
const RESOURCE_DISCOVERY: Message = [
  plain(1, 'resource'),
  nested(2, 'responseKind', RESPONSE_KIND, 'optional'),
  plain(3, 'scope'),
  plain(4, 'singularResource'),
  plain(5, 'verbs', 'strings'),
  plain(6, 'shortNames', 'strings'),
  plain(7, 'categories', 'strings'),
  nested(8, 'subresources', SUBRESOURCE_DISCOVERY),
];
const VERSION_DISCOVERY: Message = [
  plain(1, 'version'),
  nested(2, 'resources', RESOURCE_DISCOVERY),
  plain(3, 'freshness'),
];
const GROUP_DISCOVERY: Message = [
  nested(1, 'metadata', OBJECT_META, 'message'),
  nested(2, 'versions', VERSION_DISCOVERY),
];

const MESSAGES: Readonly<Record<string, Message>> = {
  APIVersions: [plain(1, 'versions', 'strings'), nested(2, 'serverAddressByClientCIDRs', SERVER_ADDRESS)],
  APIGroup: API_GROUP,
  APIGroupList: [nested(1, 'groups', API_GROUP)],
  APIResourceList: [plain(1, 'groupVersion'), nested(2, 'resources', API_RESOURCE)],
  APIGroupDiscoveryList: [nested(1, 'metadata', LIST_META, 'message'), nested(2, 'items', GROUP_DISCOVERY)],
};

function tag(number: number): number {
  return (number << 3) | 2;
}

function writeMessage(writer: Writer, message: Message, value: JsonObject): void {
  for (const field of message) writeField(writer, field, value[field.name]);
}

function writeField(writer: Writer, field: WireField, value: JsonValue | undefined): void {
  switch (field.type) {
    case 'string':
      writer.uint32(tag(field.number)).string((value as string | undefined) ?? '');
      break;
    case 'bool':
      writer.uint32(field.number << 3).bool(value === true);
      break;
    case 'zero':
      writer.uint32(field.number << 3).int64(0);
      break;
    case 'strings':
      for (const item of (value as string[] | undefined) ?? []) writer.uint32(tag(field.number)).string(item);
      break;
    case 'wrappedStrings':
      writer.uint32(tag(field.number)).fork();
      for (const item of (value as string[] | undefined) ?? []) writer.uint32(tag(1)).string(item);
      writer.ldelim();
      break;
    case 'messages':
      for (const item of (value as JsonObject[] | undefined) ?? []) writeNested(writer, field.number, field.of, item);
      break;
    case 'optional':
      if (value !== undefined) writeNested(writer, field.number, field.of, value as JsonObject);
      break;
    case 'message':
      writeNested(writer, field.number, field.of, (value as JsonObject | undefined) ?? {});
  }
}

function writeNested(writer: Writer, number: number, message: Message, value: JsonObject): void {
  writer.uint32(tag(number)).fork();
  writeMessage(writer, message, value);
  writer.ldelim();
}
