import { formatGoFloat } from '../../runtime/go-float.js';
import { goQuote } from '../../validation/field-error.js';
import {
  CelList,
  CelMap,
  Duration,
  Failure,
  type Opaque,
  Timestamp,
  TypeValue,
  typeOf,
  Uint,
  type Value,
} from '../value.js';
import { type Clause, clauseFault, FormatFault, type FormatPart, parseFormat, takes } from './format-clauses.js';
import { durationText, timestampText } from './moments.js';

const DIGITS_DEFAULT = 6;
/** Results beyond are refused. */
const RESULT_MAX = 10_000_000;

/**
 * `format.format(args)` of the second version of cel-go's string library, with numbers as English writes them.
 * @throws Failure
 */
export function formatString(format: string, args: CelList): string {
  let used = 0;
  let result = '';
  for (const part of parsed(format)) {
    if ('text' in part) {
      result += part.text;
      continue;
    }
    if (used >= args.length) throw new Failure(`index ${used} out of range`);
    result += formatValue(part.clause, part.precision, args.at(used++));
    if (result.length > RESULT_MAX) throw new Failure('formatted string is too long');
  }
  return result;
}

function parsed(format: string): FormatPart[] {
  try {
    return parseFormat(format);
  } catch (error) {
    if (error instanceof FormatFault) throw new Failure(error.message);
    throw error;
  }
}

function formatValue(clause: Clause, precision: number | undefined, value: Value): string {
  if (!takes(clause, typeOf(value))) throw new Failure(clauseFault(clause, typeOf(value)));
  switch (clause) {
    case 's':
      return plainText(value);
    case 'd':
      return integerText(value, 10);
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : integerText(value, 2);
    case 'o':
      return integerText(value, 8);
    case 'x':
      return hexText(value);
    case 'X':
      return hexText(value).toUpperCase();
    case 'f':
      return fixedText(value as number, precision ?? DIGITS_DEFAULT);
    case 'e':
      return scientificText(value as number, precision ?? DIGITS_DEFAULT);
  }
}

function integerText(value: Value, radix: number): string {
  return (value instanceof Uint ? value.value : (value as bigint)).toString(radix);
}

function hexText(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : integerText(value, 16);
}

function unusual(value: number): string | undefined {
  if (Number.isFinite(value)) return undefined;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
}

/** `1,000,000.50`: the exact decimal expansion, rounded half to even. */
function fixedText(value: number, precision: number): string {
  const [whole, fraction] = exactDecimal(Math.abs(value), precision);
  const grouped = whole.replace(/\B(?=([0-9]{3})+$)/g, ',');
  const sign = value < 0 ? '-' : '';
  return unusual(value) ?? `${sign}${grouped}${precision === 0 ? '' : `.${fraction}`}`;
}

/** Digits before and behind the point. */
function exactDecimal(value: number, precision: number): [string, string] {
  if (!Number.isFinite(value)) return ['', ''];
  const { mantissa, power } = binaryOf(value);
  const scaled = mantissa * 10n ** BigInt(precision);
  let rounded: bigint;
  if (power >= 0) rounded = scaled << BigInt(power);
  else {
    const divisor = 1n << BigInt(-power);
    rounded = scaled / divisor;
    const rest = (scaled % divisor) * 2n;
    if (rest > divisor || (rest === divisor && rounded % 2n === 1n)) rounded++;
  }
  const digits = rounded.toString().padStart(precision + 1, '0');
  return [digits.slice(0, digits.length - precision), digits.slice(digits.length - precision)];
}

function binaryOf(value: number): { mantissa: bigint; power: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return exponent === 0
    ? { mantissa: fraction, power: -1074 }
    : { mantissa: fraction | 0x10000000000000n, power: exponent - 1075 };
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const EXPONENT_DIGITS_MAX = 100;

/** `2.500000×10⁰⁰` */
function scientificText(value: number, precision: number): string {
  const special = unusual(value);
  if (special !== undefined) return special;
  const [digits, exponent] = value.toExponential(Math.min(precision, EXPONENT_DIGITS_MAX)).split('e') as [
    string,
    string,
  ];
  const power = Number(exponent);
  const raised = String(Math.abs(power))
    .padStart(2, '0')
    .replace(/[0-9]/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
  return `${digits}×10${power < 0 ? '⁻' : ''}${raised}`;
}

/** A value as `%s` shows it by itself. */
function plainText(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatGoFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
  }
  if (value === null) return 'null';
  if (value instanceof Uint) return value.value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof CelList) return `[${[...value].map(innerText).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.type.runtimeName;
  throw new Failure(clauseFault('s', typeOf(value as Opaque)));
}

function mapText(map: CelMap): string {
  const entries = [...map.keys()].map((key) => [innerText(key), innerText(map.find(key)!)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}

/** A value within a list or map, as an expression would write it. */
function innerText(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number')
    return Number.isFinite(value) ? fixedText(value, DIGITS_DEFAULT) : goQuote(plainText(value));
  if (value instanceof Uint8Array) return `b${goQuote(plainText(value))}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(plainText(value))})`;
  if (value instanceof Duration) return `duration(${goQuote(plainText(value))})`;
  return plainText(value);
}
