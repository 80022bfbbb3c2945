import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { SchemaJson } from '../decorators/field.js';

type Constraints = readonly unknown[];
type Keywords = (constraints: Constraints) => SchemaJson | undefined;

const number = (value: unknown): number => Number(value);
const formatted =
  (format: string): Keywords =>
  () => ({ type: 'string', format });

/**
 * class-validator's validators that a structural schema can say too, by their names: what clients then see in OpenAPI and
 * `kubectl explain`, and what the server checks with upstream's texts. Undefined: not with these constraints. Validators that are not
 * here are run as they are.
 */
export const VALIDATOR_KEYWORDS: Readonly<Record<string, Keywords>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isArray: () => ({ type: 'array' }),
  isDefined: () => ({}),
  isDateString: formatted('date-time'),
  isIso8601: formatted('date-time'),
  isEmail: formatted('email'),
  isUuid: ([version]) => (version === undefined || version === 'all' ? { type: 'string', format: 'uuid' } : undefined),
  min: ([limit]) => ({ minimum: number(limit) }),
  max: ([limit]) => ({ maximum: number(limit) }),
  isPositive: () => ({ minimum: 0, exclusiveMinimum: true }),
  isNegative: () => ({ maximum: 0, exclusiveMaximum: true }),
  isDivisibleBy: ([divisor]) => ({ multipleOf: number(divisor) }),
  minLength: ([limit]) => ({ minLength: number(limit) }),
  maxLength: ([limit]) => ({ maxLength: number(limit) }),
  isLength: ([min, max]) => ({ minLength: number(min), ...(max !== undefined && { maxLength: number(max) }) }),
  matches: ([pattern, flags]) => patternOf(pattern, flags),
  isIn: ([values]) => enumOf(values),
  isEnum: ([, values]) => enumOf(values),
  equals: ([value]) => enumOf([value]),
  arrayMinSize: ([limit]) => ({ minItems: number(limit) }),
  arrayMaxSize: ([limit]) => ({ maxItems: number(limit) }),
  arrayNotEmpty: () => ({ minItems: 1 }),
};

/** Flags and what only JavaScript has of regular expressions cannot be told to clients in other languages. */
function patternOf(pattern: unknown, flags: unknown): SchemaJson | undefined {
  const expression =
    pattern instanceof RegExp
      ? pattern
      : new RegExp(String(pattern), flags === undefined || flags === null ? '' : String(flags));
  const portable = expression.flags === '' && !/\(\?[=!<]|\\[1-9]/.test(expression.source);
  return portable ? { type: 'string', pattern: expression.source } : undefined;
}

function enumOf(values: unknown): SchemaJson | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const type = typeof values[0];
  if (!values.every((value) => typeof value === type)) return undefined;
  if (type !== 'string' && type !== 'number' && type !== 'boolean') return undefined;
  return { ...(type !== 'number' && { type }), enum: values as JsonValue[] };
}
