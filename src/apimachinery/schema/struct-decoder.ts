import type { JsonObject, JsonValue } from '../meta/json.js';
import { type Codec, type DecodeCounts, type FieldStep, MISMATCH } from './codec.js';

/** What a decoder has to know of a field. */
export interface DecodedField extends FieldStep {
  readonly codec: Codec;
  /** Nothing is written for an absent value. */
  readonly omitsAbsent: boolean;
  /** A value equal to Go's zero value is left out. */
  readonly omitsEmpty: boolean;
  /** JSON type of a value that needs no decoding. */
  readonly plainType: 'string' | 'boolean' | undefined;
  absent(): JsonValue;
  isEmptyList(value: JsonValue): boolean;
}

export type StructDecoder = (object: JsonObject, counts: DecodeCounts) => JsonObject;

/**
 * Writes the decoder of one struct as code, as serializers do: a field is then a property at a place of its own in the code, which the engine
 * remembers; a loop over names looks each of them up anew, and most fields of most objects are absent. Only names from the catalogue
 * get into the code, and those as JSON texts. See docs/adr/0014-generated-decoders.md.
 *
 * The decoder leaves its argument as it is. It throws MISMATCH where Go would refuse the value.
 */
export function compileStructDecoder(fields: readonly DecodedField[]): StructDecoder {
  const lines = ['"use strict";'];
  for (let i = 0; i < fields.length; i++) lines.push(`const f${i} = fields[${i}], c${i} = f${i}.codec;`);
  lines.push('return function decode(object, counts) {', 'const out = {};', 'let known = 0, value;');
  for (let i = 0; i < fields.length; i++) lines.push(fieldCode(fields[i]!, i));
  lines.push('for (const _ in object) known--;', 'if (known < 0) counts.unknown -= known;', 'return out;', '};');
  const make = new Function('fields', 'MISMATCH', 'isEmpty', lines.join('\n')) as (
    fields: readonly DecodedField[],
    mismatch: Error,
    empty: typeof isEmpty,
  ) => StructDecoder;
  return make(fields, MISMATCH, isEmpty);
}

function fieldCode(field: DecodedField, i: number): string {
  const name = JSON.stringify(field.name);
  const absent = field.omitsAbsent ? '' : `out[${name}] = f${i}.absent();`;
  return `
    value = object[${name}];
    if (value === undefined || value === null) {
      if (value === null) known++;
      ${absent}
    } else {
      known++;
      ${field.plainType === undefined ? decodedCode(field, name, i) : plainCode(field, name)}
    }`;
}

function plainCode({ plainType, omitsEmpty }: DecodedField, name: string): string {
  const zero = plainType === 'string' ? '""' : 'false';
  return `
    if (typeof value !== "${plainType}") throw MISMATCH;
    ${omitsEmpty ? `if (value !== ${zero}) ` : ''}out[${name}] = value;`;
}

function decodedCode({ omitsEmpty }: DecodedField, name: string, i: number): string {
  return `
    value = c${i}.decode(value, counts);
    ${
      omitsEmpty
        ? `if (!isEmpty(value)) out[${name}] = value;`
        : `out[${name}] = counts.emptyListsAreNull && f${i}.isEmptyList(value) ? null : value;`
    }`;
}

/** What `omitempty` leaves out of a plain field. */
function isEmpty(value: JsonValue): boolean {
  if (typeof value !== 'object') return value === '' || value === 0 || value === false;
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}
