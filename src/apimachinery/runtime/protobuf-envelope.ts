import protobuf from 'protobufjs/minimal.js';
import { ProtobufError } from './protobuf.js';
import { readFields } from './protobuf-special.js';

/** `k8s` and a zero byte, then runtime.Unknown. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const TEXT = 2;
const FRAME_HEAD_BYTES = 4;
const key = (number: number): number => (number << 3) | TEXT;

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Types whose heads are kept; a server speaks of its own types, and of few others. */
const HEADS_MAX = 1024;
const heads = new Map<string, Buffer>();

/** What stands before the length of a message: the mark, the type, the message's tag. */
function headOf(apiVersion: string, kind: string): Buffer {
  const id = `${apiVersion} ${kind}`;
  let head = heads.get(id);
  if (head === undefined) {
    const writer = protobuf.Writer.create();
    writer.uint32(key(1)).fork().uint32(key(1)).string(apiVersion).uint32(key(2)).string(kind).ldelim();
    head = Buffer.concat([MAGIC, writer.uint32(key(2)).finish()]);
    if (heads.size >= HEADS_MAX) heads.clear();
    heads.set(id, head);
  }
  return head;
}

/** Empty contentEncoding and contentType, which are always written. */
const TAIL = Buffer.from([key(3), 0, key(4), 0]);

/** Puts a message and its type into the envelope. */
export function wrapMessage({ apiVersion, kind, raw }: Envelope): Buffer {
  const { before, after } = openEnvelope(apiVersion, kind, raw.length);
  return Buffer.concat([before, raw, after]);
}

/** What goes before and after a message of so many bytes. */
export function openEnvelope(apiVersion: string, kind: string, size: number): { before: Buffer; after: Buffer } {
  const head = headOf(apiVersion, kind);
  const before = Buffer.allocUnsafe(head.length + varintBytes(size));
  before.set(head);
  writeVarint(size, before, head.length);
  return { before, after: TAIL };
}

/** Bytes that a number takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) bytes++;
  return bytes;
}

/** Writes a number below 2^31 at a position and answers the position behind. */
export function writeVarint(value: number, target: Buffer, at: number): number {
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

/** The mark of an envelope and nothing behind it. */
export function isEmptyEnvelope(body: Buffer): boolean {
  return body.equals(MAGIC);
}

/** @throws ProtobufError with upstream's text where the envelope is missing */
export function unwrapMessage(body: Buffer): Envelope {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ProtobufError(
      `provided data does not appear to be a protobuf message, expected prefix [${[...MAGIC].join(' ')}]`,
    );
  }
  try {
    const fields = readFields(body.subarray(MAGIC.length));
    const type = readFields((fields.get(1)?.[0] as Uint8Array | undefined) ?? new Uint8Array());
    const text = (value: bigint | Uint8Array | undefined) =>
      Buffer.from((value as Uint8Array | undefined) ?? []).toString();
    return {
      apiVersion: text(type.get(1)?.[0]),
      kind: text(type.get(2)?.[0]),
      raw: (fields.get(2)?.[0] as Uint8Array | undefined) ?? new Uint8Array(),
    };
  } catch (error) {
    throw new ProtobufError(`the protobuf envelope cannot be read: ${(error as Error).message}`);
  }
}

/** One frame of a watch stream: its length in four bytes, then a WatchEvent whose object is in its own envelope. */
export function watchFrame(type: string, object: Buffer): Buffer {
  const writer = protobuf.Writer.create();
  writer.uint32(key(1)).string(type);
  writer.uint32(key(2)).fork().uint32(key(1)).bytes(object).ldelim();
  const event = writer.finish();
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(event.length);
  return Buffer.concat([head, event]);
}
