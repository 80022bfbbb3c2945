import { isJsonObject, type JsonValue } from '../meta/json.js';
import { BASE64, base64Fault } from '../runtime/base64.js';
import { canonicalDuration } from '../runtime/duration.js';
import { encodeJson } from '../runtime/json.js';
import { canonicalQuantity, resourceQuantity } from '../runtime/quantity.js';
import { canonicalMicroTime, canonicalTime } from '../runtime/time.js';
import { CheckReport, Codec, goValueName, MISMATCH, type PathStep } from './codec.js';
import type { Schema } from './schema.js';

/** An error that ends Go's decoding at once, whatever it saved before: one of a type's own UnmarshalJSON. */
export class HardDecodeError extends Error {}

/** Go type of amounts of resources by name, which are counted in thousandths at the finest. */
export const RESOURCE_LIST = 'v1.ResourceList';

export function resourceQuantityCodec(goType: string): Codec {
  return new TextCodec(goType, '0', resourceQuantity, (value) => encodeJson(value));
}

/** Codec of a type with JSON rules of its own; undefined for all others. */
export function specialCodec(schema: Schema, goType: string, codecOf: (schema: Schema) => Codec): Codec | undefined {
  switch (schema.codec?.special) {
    case 'Quantity':
      return new TextCodec(goType, '0', canonicalQuantity, (value) => encodeJson(value));
    case 'Time':
      return new TextCodec(goType, null, canonicalTime);
    case 'MicroTime':
      return new TextCodec(goType, null, canonicalMicroTime);
    case 'Duration':
      return new TextCodec(goType, '0s', canonicalDuration);
    case 'IntOrString':
      return new IntOrStringCodec(goType);
    case 'bytes':
      return new BytesCodec(goType);
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
    case 'Patch':
      return new RawCodec(goType);
    case 'SchemaOrArray':
    case 'SchemaOrBool':
    case 'SchemaOrStringArray':
      return new SchemaOrCodec(goType, schema.codec.special, () => codecOf(alternativeOf(schema)));
    default:
      return undefined;
  }
}

/** A string with a normal form: decoding throws the form's own error. */
class TextCodec extends Codec {
  constructor(
    goType: string,
    private readonly zeroText: string | null,
    private readonly canonical: (text: string) => string | null,
    /** Text of a value that is not a string; without it Go refuses such values. */
    private readonly textOf?: (value: JsonValue) => string,
  ) {
    super(goType);
  }

  zero(): JsonValue {
    return this.zeroText;
  }

  decode(value: JsonValue): JsonValue {
    try {
      return this.canonicalOf(value);
    } catch {
      throw MISMATCH;
    }
  }

  check(value: JsonValue, report: CheckReport): void {
    if (typeof value !== 'string' && this.textOf === undefined) {
      throw new HardDecodeError(report.mismatch(goValueName(value), 'string'));
    }
    try {
      this.canonicalOf(value);
    } catch (error) {
      throw new HardDecodeError((error as Error).message);
    }
  }

  private canonicalOf(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.canonical(value);
    if (this.textOf === undefined) throw MISMATCH;
    return this.canonical(this.textOf(value));
  }
}

class IntOrStringCodec extends Codec {
  zero(): JsonValue {
    return 0;
  }

  decode(value: JsonValue): JsonValue {
    if (typeof value === 'string' || (typeof value === 'number' && (value | 0) === value)) return value;
    throw MISMATCH;
  }

  check(value: JsonValue, report: CheckReport): void {
    if (typeof value === 'string' || (typeof value === 'number' && (value | 0) === value)) return;
    const name = goValueName(value);
    throw new HardDecodeError(report.mismatch(name === 'number' ? `number ${value}` : name, 'int32'));
  }
}

class BytesCodec extends Codec {
  zero(): JsonValue {
    return null;
  }

  decode(value: JsonValue): JsonValue {
    if (typeof value !== 'string') throw MISMATCH;
    if (BASE64.test(value) && !value.endsWith('=')) return value;
    if (base64Fault(value) !== undefined) throw MISMATCH;
    // Line breaks and stray bits before the padding are accepted and do not come back.
    return Buffer.from(value, 'base64').toString('base64');
  }

  check(value: JsonValue, report: CheckReport): void {
    if (typeof value !== 'string') {
      report.saveError(report.mismatch(goValueName(value), this.goType));
      return;
    }
    const fault = base64Fault(value);
    if (fault !== undefined) report.saveError(`illegal base64 data at input byte ${fault}`);
  }
}

/** Any JSON, kept as it is. */
class RawCodec extends Codec {
  zero(): JsonValue {
    return null;
  }

  decode(value: JsonValue): JsonValue {
    return value;
  }

  check(): void {}
}

/** `items`, `additionalProperties` and `dependencies` of a CRD's schema: a schema or something simpler. */
class SchemaOrCodec extends Codec {
  private compiled: Codec | undefined;

  constructor(
    goType: string,
    private readonly form: 'SchemaOrArray' | 'SchemaOrBool' | 'SchemaOrStringArray',
    private readonly compile: () => Codec,
  ) {
    super(goType);
  }

  zero(): JsonValue {
    return this.form === 'SchemaOrBool' ? false : null;
  }

  decode(value: JsonValue): JsonValue {
    // Go decodes what is inside without strictness: unknown fields are dropped in silence.
    const counts = { unknown: 0 };
    if (isJsonObject(value)) return this.inner.decode(value, counts);
    if (Array.isArray(value) && this.form === 'SchemaOrArray') {
      return value.map((item) => (item === null ? this.inner.zero() : this.inner.decode(item, counts)));
    }
    if (Array.isArray(value) && this.form === 'SchemaOrStringArray') {
      if (value.some((item) => typeof item !== 'string')) throw MISMATCH;
      return value;
    }
    if (this.form === 'SchemaOrBool') {
      if (typeof value === 'boolean') return value;
      throw MISMATCH;
    }
    return null;
  }

  check(value: JsonValue, report: CheckReport): void {
    if (this.form === 'SchemaOrBool' && typeof value !== 'boolean' && !isJsonObject(value)) {
      throw new HardDecodeError('boolean or JSON schema expected');
    }
    const inner = new InnerReport(report);
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isJsonObject(item)) this.inner.check(item, inner);
      else if (this.form === 'SchemaOrStringArray' && typeof item !== 'string') {
        inner.saveError(inner.mismatch(goValueName(item), 'string'));
      }
    }
    if (inner.firstError !== undefined) throw new HardDecodeError(inner.firstError);
  }

  /** Compiled on first use: a schema contains schemas. */
  private get inner(): Codec {
    this.compiled ??= this.compile();
    return this.compiled;
  }
}

function alternativeOf(schema: Schema): Schema {
  if (schema.alternative === undefined) throw new RangeError(`${schema.ref}: the schema of its object form is missing`);
  return schema.alternative;
}

/** Go decodes the inner schema on its own; its error then names the struct around it, and the fields of both. */
class InnerReport extends CheckReport {
  constructor(private readonly outer: CheckReport) {
    super();
  }

  override mismatch(valueName: string, goType: string, below: readonly PathStep[] = []): string {
    return this.outer.mismatch(valueName, goType, [...this.path, ...below]);
  }
}
