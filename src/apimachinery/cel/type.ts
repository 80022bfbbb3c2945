/** Families of types. `object` is a type with fields, `opaque` one that a library brings, `param` a type to be found out. */
export type TypeKind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'object'
  | 'opaque'
  | 'wrapper'
  | 'type'
  | 'param';

/** A type of CEL. Immutable; compare with {@link sameType}. */
export class CelType {
  constructor(
    readonly kind: TypeKind,
    /** As the checker's messages have it. */
    readonly name: string,
    readonly params: readonly CelType[] = [],
    /** As `type()` and the messages of evaluation have it. */
    readonly runtimeName: string = name,
  ) {}

  toString(): string {
    return this.params.length === 0 ? this.name : `${this.name}(${this.params.join(', ')})`;
  }
}

export const DYN = new CelType('dyn', 'dyn');
/** Of an expression that has a fault already: fits everywhere. */
export const ERROR = new CelType('error', '!error!');
export const NULL = new CelType('null', 'null', [], 'null_type');
export const BOOL = new CelType('bool', 'bool');
export const INT = new CelType('int', 'int');
export const UINT = new CelType('uint', 'uint');
export const DOUBLE = new CelType('double', 'double');
export const STRING = new CelType('string', 'string');
export const BYTES = new CelType('bytes', 'bytes');
export const TIMESTAMP = new CelType('timestamp', 'timestamp', [], 'google.protobuf.Timestamp');
export const DURATION = new CelType('duration', 'duration', [], 'google.protobuf.Duration');

export const listOf = (element: CelType): CelType => new CelType('list', 'list', [element]);
export const mapOf = (key: CelType, value: CelType): CelType => new CelType('map', 'map', [key, value]);
export const typeOfType = (type: CelType): CelType => new CelType('type', 'type', [type]);
/** The type of types, whichever they are. */
export const TYPE = new CelType('type', 'type');
export const param = (name: string): CelType => new CelType('param', name);
export const opaque = (name: string, ...params: CelType[]): CelType => new CelType('opaque', name, params);
export const object = (name: string): CelType => new CelType('object', name);
export const wrapperOf = (type: CelType): CelType => new CelType('wrapper', 'wrapper', [type]);

const OPTIONAL = 'optional_type';
export const optionalOf = (type: CelType): CelType => opaque(OPTIONAL, type);
export const isOptional = (type: CelType): boolean => type.kind === 'opaque' && type.name === OPTIONAL;
export const isDyn = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'error';

/** The type in an optional; other types as they are. */
export const unwrapOptional = (type: CelType): CelType => (isOptional(type) ? type.params[0]! : type);

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((inner, i) => sameType(inner, b.params[i]!));
}
