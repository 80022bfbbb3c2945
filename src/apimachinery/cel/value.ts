import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  TIMESTAMP,
  typeOfType,
  UINT,
} from './type.js';

/**
 * Values of expressions: int is bigint, double is number, bytes is Uint8Array, the rest are the classes below. Values are never
 * changed once made.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | CelList
  | CelMap
  | Timestamp
  | Duration
  | Optional
  | TypeValue
  | Opaque;

/** Why an evaluation has no value; thrown. Not an Error: these are frequent, cheap, and carry no stack. */
export class Failure {
  constructor(readonly message: string) {}
}

/** The operation does not exist for the types at hand. */
export const noOverload = (): Failure => new Failure('no such overload');

export class Uint {
  constructor(readonly value: bigint) {}
}

export abstract class CelList {
  abstract readonly length: number;
  /** @param index within bounds */
  abstract at(index: number): Value;

  *[Symbol.iterator](): Generator<Value> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  equals(other: CelList): boolean {
    if (this.length !== other.length) return false;
    for (let i = 0; i < this.length; i++) if (!equal(this.at(i), other.at(i))) return false;
    return true;
  }

  concat(other: CelList): CelList {
    return new ArrayList([...this, ...other]);
  }
}

export class ArrayList extends CelList {
  constructor(private readonly items: Value[]) {
    super();
  }

  /** Only while the list is being made. */
  add(item: Value): void {
    this.items.push(item);
  }

  override get length(): number {
    return this.items.length;
  }

  override at(index: number): Value {
    return this.items[index]!;
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  /** The value of a key; undefined where there is none. */
  abstract find(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;

  equals(other: CelMap): boolean {
    if (this.size !== other.size) return false;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined || !equal(this.find(key)!, theirs)) return false;
    }
    return true;
  }
}

/** A map of its own entries: literals and results. */
export class EntryMap extends CelMap {
  private readonly entries = new Map<string, readonly [Value, Value]>();

  override get size(): number {
    return this.entries.size;
  }

  override find(key: Value): Value | undefined {
    return this.entries.get(keyText(key))?.[1];
  }

  override *keys(): Generator<Value> {
    for (const [key] of this.entries.values()) yield key;
  }

  /** Only while the map is being made. @returns whether the key was new */
  add(key: Value, value: Value): boolean {
    if (typeof key === 'number') throw new Failure(`unsupported key type: ${typeName(key)}`);
    const text = keyText(key);
    if (this.entries.has(text)) return false;
    this.entries.set(text, [key, value]);
    return true;
  }

  copy(): EntryMap {
    const copy = new EntryMap();
    for (const [text, entry] of this.entries) copy.entries.set(text, entry);
    return copy;
  }
}

/** Equal for equal keys: whole numbers of any type are one key. */
function keyText(key: Value): string {
  switch (typeof key) {
    case 'string':
      return `s${key}`;
    case 'bigint':
      return `n${key}`;
    case 'boolean':
      return `b${key}`;
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
    default:
      if (key instanceof Uint) return `n${key.value}`;
      throw new Failure(`unsupported key type: ${typeName(key)}`);
  }
}

/** A moment: nanoseconds since 1970, and the offset in minutes in which it was written. */
export class Timestamp {
  constructor(
    readonly nanos: bigint,
    readonly offset = 0,
  ) {}
}

export class Duration {
  constructor(readonly nanos: bigint) {}
}

export class Optional {
  static readonly none = new Optional(undefined);

  constructor(readonly value: Value | undefined) {}
}

export class TypeValue {
  constructor(readonly type: CelType) {}
}

/** A value of a type that a library brings; knows its own operations. */
export abstract class Opaque {
  abstract readonly type: CelType;
  /** What costs go by: bytes of an address, characters of a pattern. */
  readonly size: number = 1;
  abstract equals(other: Opaque): boolean;

  /** Its text, where the type has a conversion to string. */
  toText(): string | undefined {
    return undefined;
  }
}

/** The type of a value at run time; elements of lists and maps are not looked at. */
export function typeOf(value: Value): CelType {
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return STRING;
  }
  if (value === null) return NULL;
  if (value instanceof Uint) return UINT;
  if (value instanceof Uint8Array) return BYTES;
  if (value instanceof CelList) return ANY_LIST;
  if (value instanceof CelMap) return ANY_MAP;
  if (value instanceof Timestamp) return TIMESTAMP;
  if (value instanceof Duration) return DURATION;
  if (value instanceof Optional) return ANY_OPTIONAL;
  if (value instanceof TypeValue) return ANY_TYPE;
  return value.type;
}

const ANY_LIST = listOf(DYN);
const ANY_MAP = mapOf(DYN, DYN);
const ANY_OPTIONAL = optionalOf(DYN);
const ANY_TYPE = typeOfType(DYN);

/** Name of a value's type as messages and `type()` have it. */
export function typeName(value: Value): string {
  return typeOf(value).runtimeName;
}

/** Equality across all types: numbers by value, other pairs of different types are unequal. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === 'string' || typeof a === 'boolean' || a === null) return false;
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    return right !== undefined && compareNumbers(left, right) === 0;
  }
  if (a instanceof CelList) return b instanceof CelList && a.equals(b);
  if (a instanceof CelMap) return b instanceof CelMap && a.equals(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type.runtimeName === b.type.runtimeName;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    return a.value === undefined || b.value === undefined ? a.value === b.value : equal(a.value, b.value);
  }
  return a instanceof Opaque && b instanceof Opaque && a.type === b.type && a.equals(b);
}

/** A number of any type, as bigint where it is whole by type. */
export function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** -1, 0 or 1; undefined for NaN. Whole numbers are compared with doubles as doubles. */
export function compareNumbers(a: bigint | number, b: bigint | number): -1 | 0 | 1 | undefined {
  if (typeof a !== typeof b) return compareNumbers(Number(a), Number(b));
  if (a < b) return -1;
  if (a > b) return 1;
  return a <= b ? 0 : undefined;
}

/**
 * The order of two values of one type, or of two numbers; undefined where NaN is one of them.
 * @throws Failure where the types have no order
 */
export function compare(a: Value, b: Value): -1 | 0 | 1 | undefined {
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    if (right === undefined) throw noOverload();
    return compareNumbers(left, right);
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return compareNumbers(Number(a), Number(b));
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) as -1 | 0 | 1;
  throw noOverload();
}

/** By code points, which is the order of UTF-8 too. */
function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let left = a.charCodeAt(i);
    let right = b.charCodeAt(i);
    if (left === right) continue;
    // Surrogates stand for the highest code points, but not for the highest units.
    if (left >= 0xd800 && right >= 0xd800) {
      left = left >= 0xe000 ? left - 0x800 : left + 0x2000;
      right = right >= 0xe000 ? right - 0x800 : right + 0x2000;
    }
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** Length in characters. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      length--;
      i++;
    }
  }
  return length;
}
