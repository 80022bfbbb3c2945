import { checkLabelValue, checkQualifiedName } from '../validation/qualified-name.js';

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

type Labels = Readonly<Record<string, string>>;

/** One term of a label selector. Immutable. */
export interface Requirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
  readonly matches: (labels: Labels) => boolean;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** A signed 64-bit decimal as Go's ParseInt reads it. */
function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

function invalid(path: string, value: string, detail: string): string {
  return `${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`;
}

/** Faults of a label key, as upstream words them at `path` (`<nil>` where it has none). */
export function labelKeyFault(key: string, path: string): string | undefined {
  const faults = checkQualifiedName(key);
  return faults.length === 0 ? undefined : invalid(path, key, faults.join('; '));
}

function countFault(operator: LabelOperator, values: readonly string[]): string | undefined {
  const none = values.length === 0;
  const listed = `[${values.map((value) => JSON.stringify(value)).join(',')}]`;
  switch (operator) {
    case 'in':
    case 'notin':
      return none
        ? `values: Invalid value: ${listed}: for 'in', 'notin' operators, values set can't be empty`
        : undefined;
    case 'exists':
    case '!':
      return none
        ? undefined
        : `values: Invalid value: ${listed}: values set must be empty for exists and does not exist`;
    default:
      return undefined;
  }
}

function requirementFaults(key: string, operator: LabelOperator, values: readonly string[]): string[] {
  const faults: string[] = [];
  const keyFault = labelKeyFault(key, 'key');
  if (keyFault !== undefined) faults.push(keyFault);
  const count = countFault(operator, values);
  if (count !== undefined) faults.push(count);
  if (operator === 'gt' || operator === 'lt') {
    values.forEach((value, i) => {
      if (parseInt64(value) === undefined) {
        faults.push(invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
      }
    });
  }
  values.forEach((value, i) => {
    const wrong = checkLabelValue(value);
    if (wrong.length > 0) faults.push(invalid(`values[${i}][${key}]`, value, wrong.join('; ')));
  });
  return faults;
}

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key);

function compile(key: string, operator: LabelOperator, values: readonly string[]): (labels: Labels) => boolean {
  const only = values[0] ?? '';
  switch (operator) {
    case '=':
    case '==':
      return (labels) => labels[key] === only && has(labels, key);
    case '!=':
      return (labels) => labels[key] !== only || !has(labels, key);
    case 'in': {
      const wanted = new Set(values);
      return (labels) => has(labels, key) && wanted.has(labels[key]!);
    }
    case 'notin': {
      const unwanted = new Set(values);
      return (labels) => !has(labels, key) || !unwanted.has(labels[key]!);
    }
    case 'exists':
      return (labels) => has(labels, key);
    case '!':
      return (labels) => !has(labels, key);
    default: {
      const bound = parseInt64(only)!;
      return (labels) => {
        const value = has(labels, key) ? parseInt64(labels[key]!) : undefined;
        return value !== undefined && (operator === 'gt' ? value > bound : value < bound);
      };
    }
  }
}

/** Compiles one term. @returns the requirement, or the text of what is wrong with it, several faults as `[a, b]`. */
export function newRequirement(key: string, operator: LabelOperator, given: readonly string[]): Requirement | string {
  const values = [...new Set(given)].sort();
  const faults = requirementFaults(key, operator, values);
  if (faults.length === 1) return faults[0]!;
  if (faults.length > 1) return `[${faults.join(', ')}]`;
  return { key, operator, values, matches: compile(key, operator, values) };
}

/** The canonical text of a term: `a=b`, `a in (b,c)`, `!a`, `a>5`. */
export function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}
