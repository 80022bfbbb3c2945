import type { JsonValue } from '../meta/json.js';

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:|~|null|Null|NULL)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NOT_A_NUMBER = /^(?:\.nan|\.NaN|\.NAN|[-+]?\.(?:inf|Inf|INF))$/;
const INTEGER = /^[-+]?(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|\s+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:Z|\s*[-+][0-9]{1,2}(?::?[0-9]{2})?)?)?$/;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** Digits of an integer that are worth reading exactly; longer ones are floats anyway. */
const EXACT_DIGITS_MAX = 80;

/**
 * What a plain scalar stands for, by the rules of YAML 1.1 as Go's reader has them: `yes` is true, `0x10` is 16, times stay
 * text.
 * @see https://yaml.org/type/
 */
export function resolvePlain(text: string): JsonValue {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (!/^[-+.0-9]/.test(text) || TIMESTAMP.test(text)) return text;
  const plain = text.replaceAll('_', '');
  if (INTEGER.test(plain) && plain.length <= EXACT_DIGITS_MAX) {
    const integer = integerOf(plain);
    if (integer !== undefined) return integer;
  }
  if (FLOAT.test(plain)) return Number(plain);
  return text;
}

/** True where plain text would be read back as the same string. */
export function resolvesToString(text: string): boolean {
  if (TIMESTAMP.test(text) || BASE_60.test(text) || NOT_A_NUMBER.test(text) || text === '<<') return false;
  return typeof resolvePlain(text) === 'string';
}

/** Infinity and not-a-number, which JSON cannot say. */
export function isUnspeakableFloat(text: string): boolean {
  return NOT_A_NUMBER.test(text);
}

function integerOf(plain: string): number | bigint | undefined {
  const negative = plain.startsWith('-');
  let digits = plain.replace(/^[-+]/, '');
  if (/^0[0-7]+$/.test(digits)) digits = `0o${digits.slice(1)}`;
  const value = BigInt(digits.toLowerCase()) * (negative ? -1n : 1n);
  if (value > UINT64_MAX || value < -INT64_MAX - 1n) return undefined;
  // Beyond 63 bits JSON's reader makes a double of it.
  return Number.isSafeInteger(Number(value)) || value > INT64_MAX ? Number(value) : value;
}

/** A number as Go's YAML writer has it: integers plain while 64 bits hold them, exponents from six figures on otherwise. */
export function goFloatText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < Number(UINT64_MAX)) return String(value);
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Natural order of keys: letters after other characters, runs of digits by their value. */
export function compareYamlKeys(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return compareAt(a, b, i);
  }
  return a.length - b.length;
}

function compareAt(a: readonly string[], b: readonly string[], i: number): number {
  const letterA = /\p{L}/u.test(a[i]!);
  const letterB = /\p{L}/u.test(b[i]!);
  const byCode = a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!;
  if (letterA && letterB) return byCode;
  if (letterA || letterB) return letterB ? -1 : 1;
  // Digits before the difference count only where zeros would otherwise hide them.
  let lead = 0n;
  if (a[i] === '0' || b[i] === '0') {
    for (let j = i - 1; j >= 0 && isDigit(a[j]); j--) {
      if (a[j] !== '0') {
        lead = 1n;
        break;
      }
    }
  }
  const [numberA, lengthA] = digitsFrom(a, i, lead);
  const [numberB, lengthB] = digitsFrom(b, i, lead);
  if (numberA !== numberB) return numberA < numberB ? -1 : 1;
  return lengthA === lengthB ? byCode : lengthA - lengthB;
}

function isDigit(c: string | undefined): boolean {
  return c !== undefined && c >= '0' && c <= '9';
}

function digitsFrom(text: readonly string[], from: number, lead: bigint): [bigint, number] {
  let end = from;
  let value = lead;
  for (; isDigit(text[end]); end++) value = BigInt.asIntN(64, value * 10n + BigInt(text[end]!));
  return [value, end];
}
