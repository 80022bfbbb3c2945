import { Writer } from 'protobufjs/minimal.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import { type Message, V2_DOCUMENT, V3_DOCUMENT, type WireType } from './protobuf-messages.js';

/**
 * OpenAPI documents in the protobuf form that client-go asks for: the messages of the gnostic project, version 2 and 3.
 * Extensions go in as named YAML values; JSON is YAML.
 * @see https://github.com/google/gnostic-models/blob/v0.7.0/openapiv2/OpenAPIv2.proto (field numbers)
 */
export function encodeOpenApiProtobuf(document: JsonObject, flavor: 'v2' | 'v3'): Buffer {
  const writer = Writer.create();
  writeMessage(writer, flavor === 'v2' ? V2_DOCUMENT : V3_DOCUMENT, document);
  return Buffer.from(writer.finish());
}

const LENGTH_DELIMITED = 2;
const FIXED64 = 1;
const VARINT = 0;

function writeMessage(writer: Writer, message: Message, value: JsonObject): void {
  for (const [name, field] of Object.entries(message.fields)) {
    const inner = value[name];
    if (inner !== undefined) writeField(writer, field[0], field[1], inner);
  }
  if (message.extensions !== undefined) writeExtensions(writer, message.extensions, value);
}

function writeField(writer: Writer, number: number, type: WireType, value: JsonValue): void {
  switch (type.kind) {
    case 'string':
      writer.uint32(tag(number, LENGTH_DELIMITED)).string(String(value));
      break;
    case 'bool':
      if (value === true) writer.uint32(tag(number, VARINT)).bool(true);
      break;
    case 'int':
      writer.uint32(tag(number, VARINT)).int64(Number(value));
      break;
    case 'double':
      writer.uint32(tag(number, FIXED64)).double(Number(value));
      break;
    case 'any':
      writeNested(writer, number, () => writeAny(writer, value));
      break;
    case 'list':
      for (const item of asList(value)) writeField(writer, number, type.of, item);
      break;
    case 'wrapped':
      writeNested(writer, number, () => writeField(writer, type.at, type.of, value));
      break;
    case 'named':
      writeNamed(writer, number, type.of, value);
      break;
    case 'choice': {
      const chosen = type.choose(value);
      writeNested(writer, number, () => {
        if (chosen === undefined) return;
        // A chosen field is written even when it is false: that it is there is the choice.
        if (chosen[1].kind === 'bool') writer.uint32(tag(chosen[0], VARINT)).bool(value === true);
        else writeField(writer, chosen[0], chosen[1], value);
      });
      break;
    }
    case 'inline':
      writeField(writer, number, type.of(), value);
      break;
    case 'message':
      if (isJsonObject(value)) writeNested(writer, number, () => writeMessage(writer, type.of(), value));
  }
}

/** A list may stand for itself alone: `type: string`. */
function asList(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [value];
}

/** A map: one message with name and value an entry. */
function writeNamed(writer: Writer, number: number, of: WireType, value: JsonValue): void {
  if (!isJsonObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    writeNested(writer, number, () => {
      writer.uint32(tag(1, LENGTH_DELIMITED)).string(name);
      writeField(writer, 2, of, inner);
    });
  }
}

function writeExtensions(writer: Writer, number: number, value: JsonObject): void {
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || !name.startsWith('x-')) continue;
    writeNested(writer, number, () => {
      writer.uint32(tag(1, LENGTH_DELIMITED)).string(name);
      writeNested(writer, 2, () => writeAny(writer, inner));
    });
  }
}

function writeAny(writer: Writer, value: JsonValue): void {
  writer.uint32(tag(2, LENGTH_DELIMITED)).string(`${encodeJson(value)}\n`);
}

function writeNested(writer: Writer, number: number, write: () => void): void {
  writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
  write();
  writer.ldelim();
}

function tag(number: number, wireType: number): number {
  return (number << 3) | wireType;
}
