import { Writer } from 'protobufjs/minimal.js';
import type { Status, StatusCause, StatusDetails } from '../apimachinery/errors/status-error.js';
import { wrapMessage } from '../apimachinery/runtime/protobuf-envelope.js';

/**
 * A Status on the wire: `meta.v1.Status` in the envelope that clients expect, with the empty fields that Go writes.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
 */
export function encodeStatusProtobuf(status: Status): Buffer {
  const writer = Writer.create();
  writer.uint32(tag(1)).fork();
  text(text(text(writer, 1, ''), 2, ''), 3, '').ldelim();
  text(writer, 2, status.status);
  text(writer, 3, status.message);
  text(writer, 4, status.reason);
  if (status.details !== undefined) writeDetails(writer, status.details);
  writer.uint32(tag(6, VARINT)).int32(status.code ?? 0);
  return wrapMessage({ apiVersion: status.apiVersion, kind: status.kind, raw: writer.finish() });
}

const VARINT = 0;
const BYTES = 2;

function tag(field: number, wireType: number = BYTES): number {
  return (field << 3) | wireType;
}

function text(writer: Writer, field: number, value: string | undefined): Writer {
  return writer.uint32(tag(field)).string(value ?? '');
}

function writeDetails(writer: Writer, details: StatusDetails): void {
  writer.uint32(tag(5)).fork();
  text(writer, 1, details.name);
  text(writer, 2, details.group);
  text(writer, 3, details.kind);
  for (const cause of details.causes ?? []) writeCause(writer, cause);
  writer.uint32(tag(5, VARINT)).int32(details.retryAfterSeconds ?? 0);
  text(writer, 6, details.uid).ldelim();
}

function writeCause(writer: Writer, cause: StatusCause): void {
  writer.uint32(tag(4)).fork();
  text(text(text(writer, 1, cause.reason), 2, cause.message), 3, cause.field).ldelim();
}
