import type { JsonValue } from '../meta/json.js';
import type { WholeFloats } from '../runtime/whole-floats.js';
import { fieldInGo } from './embedded-structs.js';

/** A value that Go's decoder would refuse. One instance without a stack: `check` finds out what to say. */
export const MISMATCH = new (class Mismatch extends Error {})('value does not fit its type');

/** Where a check stands: the fields, map keys and list indexes that lead to the value. */
export type PathStep = FieldStep | string | number;

export interface FieldStep {
  readonly name: string;
  /** Go name of the struct that has the field. */
  readonly structName: string;
}

/** What a check found; `unknown` holds paths, `firstError` the error that Go would save and go on after. */
export class CheckReport {
  readonly path: PathStep[] = [];
  readonly unknown: string[] = [];
  firstError: string | undefined;

  constructor(private readonly wholeFloats?: WholeFloats) {}

  /** Keeps the first error, as Go does. */
  saveError(message: string): void {
    this.firstError ??= message;
  }

  /** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
  mismatch(valueName: string, goType: string, below: readonly PathStep[] = []): string {
    const last = fieldsOf(this.path).at(-1);
    const names = fieldsOf([...this.path, ...below]).map(({ structName, name }) => fieldInGo(structName, name));
    const where = last === undefined ? 'value' : `struct field ${last.structName}.${names.join('.')}`;
    return `json: cannot unmarshal ${valueName} into Go ${where} of type ${goType}`;
  }

  /** `spec.containers[0].imagee`: how unknown fields are named. */
  pathTo(field: string): string {
    return pathText([...this.path, field]);
  }

  /** How the number here is written, where it is written as a double without having a fraction: no integer to Go. */
  wholeFloat(): string | undefined {
    return this.wholeFloats?.get(pathText(this.path));
  }
}

function pathText(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${typeof step === 'string' ? step : step.name}`;
  }
  return text;
}

function fieldsOf(path: readonly PathStep[]): FieldStep[] {
  return path.filter((step): step is FieldStep => typeof step === 'object');
}

/**
 * Decodes values of one Go type into the form Go's decoder and encoder would leave: one compiled pass. What comes in is
 * never null and is left unchanged; the result may share parts of it.
 */
export abstract class Codec {
  constructor(readonly goType: string) {}

  /** Go's zero value as answers spell it; a fresh one each time. */
  abstract zero(): JsonValue;

  /** @throws MISMATCH where Go would refuse the value */
  abstract decode(value: JsonValue, counts: DecodeCounts): JsonValue;

  /** The slow, exact pass in the order of the text: reports what `decode` only notices. */
  abstract check(value: JsonValue, report: CheckReport): void;
}

export interface DecodeCounts {
  /** Fields that no struct has; they are dropped. */
  unknown: number;
  /** Empty lists become null where they are spelled out: protobuf does not tell them from none. */
  readonly emptyListsAreNull?: boolean;
}

/** What Go calls a JSON value in its errors. */
export function goValueName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'number';
    default:
      return 'object';
  }
}
