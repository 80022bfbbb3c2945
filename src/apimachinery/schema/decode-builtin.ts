import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { STRICT_ERRORS_MAX, SyntaxFault } from '../runtime/strict-json.js';
import { wholeFloatsOf } from '../runtime/whole-floats.js';
import { goQuote } from '../validation/field-error.js';
import { CheckReport, type Codec, type DecodeCounts, MISMATCH } from './codec.js';
import type { Schema } from './schema.js';
import { HardDecodeError } from './special-codec.js';
import { codecOf } from './struct-codec.js';

/** A value is not of its type; the message is that of Go's decoder. */
export class DecodeError extends SyntaxFault {}

/**
 * Turns parsed JSON into what Go's decoder and encoder would make of it: fields in Go's order, unknown ones dropped, nulls and
 * empty values left out or spelled as the types say, quantities and times in their normal form.
 *
 * @param value stays as it is; the result may share parts of it
 * @param strict gains what fieldValidation speaks of, in the order of the text: `unknown field "spec.containers[0].imagee"`
 * @param at path of the value, in front of those of unknown fields
 * @throws DecodeError with the text of Go's error, for example
 *   `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`
 */
export function decodeBuiltin(schema: Schema, value: JsonValue, strict: string[], at = ''): JsonObject {
  const codec = codecOf(schema);
  const counts: DecodeCounts = { unknown: 0 };
  if (wholeFloatsOf(value) !== undefined) refuseWholeFloats(codec, value);
  const object = decode(codec, value ?? {}, counts);
  if (counts.unknown > 0) reportUnknown(codec, value, strict, at);
  return object;
}

/**
 * The normal form of an object that the server itself has completed (defaults, strategies): drops what Go would not print.
 * Unknown fields go silently. The argument stays as it is; the result may share parts of it.
 * @param emptyListsAreNull as kinds show it that kube-apiserver stores in protobuf
 * @throws DecodeError where the object does not fit its type
 */
export function normalizeBuiltin(schema: Schema, object: JsonObject, emptyListsAreNull = false): JsonObject {
  return decode(codecOf(schema), object, { unknown: 0, emptyListsAreNull });
}

function decode(codec: Codec, value: JsonValue, counts: DecodeCounts): JsonObject {
  let object: JsonValue;
  try {
    object = codec.decode(value, counts);
  } catch (error) {
    if (error === MISMATCH) throw faultOf(codec, value) ?? new DecodeError('json: the value does not fit its type');
    throw error;
  }
  if (!isJsonObject(object)) throw new RangeError(`${codec.goType} is no type of objects`);
  return object;
}

/** Integers must not be written as doubles, which a parsed value does not show. */
function refuseWholeFloats(codec: Codec, value: JsonValue): void {
  const fault = faultOf(codec, value);
  if (fault !== undefined) throw fault;
}

function faultOf(codec: Codec, value: JsonValue): DecodeError | undefined {
  const report = new CheckReport(wholeFloatsOf(value));
  try {
    codec.check(value, report);
  } catch (error) {
    if (error instanceof HardDecodeError) return new DecodeError(error.message);
    throw error;
  }
  return report.firstError === undefined ? undefined : new DecodeError(report.firstError);
}

function reportUnknown(codec: Codec, value: JsonValue, strict: string[], at: string): void {
  const report = new CheckReport();
  if (at !== '') report.path.push(at);
  codec.check(value, report);
  for (const path of new Set(report.unknown)) {
    if (strict.length >= STRICT_ERRORS_MAX) return;
    strict.push(`unknown field ${goQuote(path)}`);
  }
}
