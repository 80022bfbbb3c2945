import type { OptionDefinition } from './option-table.js';

export type OptionValue =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly from: number; readonly to: number };

/** What is wrong with what the operator wrote: shown as one line, without a stack. */
export class UsageError extends Error {
  static readonly NAME = 'UsageError';
  override readonly name = UsageError.NAME;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 1 << 10,
  Mi: 1 << 20,
  Gi: 1 << 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};
const PORT_MAX = 65_535;

/**
 * The value of an option from what was written for it, in order.
 * @param texts at least one; lists take all, others the last
 * @throws UsageError naming the option, what was written and what would do
 */
export function parseOptionValue(definition: OptionDefinition, texts: readonly string[]): OptionValue {
  const text = texts.at(-1) ?? '';
  switch (definition.kind) {
    case 'text':
      return text;
    case 'flag':
      return parseFlag(definition, text);
    case 'port':
      return parseCount(definition, text, PORT_MAX, 'a port from 0 to 65535');
    case 'count':
      return parseCount(definition, text, Number.MAX_SAFE_INTEGER, 'a whole number');
    case 'duration':
      return parseDuration(definition, text);
    case 'seconds':
      return Math.ceil(parseDuration(definition, text) / 1_000);
    case 'size':
      return parseSize(definition, text);
    case 'list':
      return texts
        .flatMap((part) => part.split(','))
        .map((word) => word.trim())
        .filter((word) => word !== '');
    case 'portRange':
      return parsePortRange(definition, text);
    case 'choice':
      if (definition.choices?.includes(text) !== true)
        throw wrong(definition, text, `one of ${definition.choices?.join(', ')}`);
      return text;
  }
}

function wrong({ name }: OptionDefinition, text: string, expected: string): UsageError {
  return new UsageError(`--${name}: ${JSON.stringify(text)} is not ${expected}`);
}

function parseFlag(definition: OptionDefinition, text: string): boolean {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw wrong(definition, text, 'true or false');
}

function parseCount(definition: OptionDefinition, text: string, max: number, expected: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value > max) throw wrong(definition, text, expected);
  return value;
}

/** Go's form; a bare number counts seconds, as some of kube-apiserver's flags have it. */
function parseDuration(definition: OptionDefinition, text: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text) * 1_000;
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text))
    throw wrong(definition, text, 'a duration such as 1m30s');
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * UNIT_MS[unit!]!;
  return Math.round(total);
}

function parseSize(definition: OptionDefinition, text: string): number {
  const match = /^([0-9]+)(Ki|Mi|Gi|k|M|G|)$/.exec(text);
  if (match === null) throw wrong(definition, text, 'a size in bytes such as 16Mi');
  return Number(match[1]) * UNIT_BYTES[match[2]!]!;
}

function parsePortRange(definition: OptionDefinition, text: string): { from: number; to: number } {
  const match = /^([0-9]+)(?:-([0-9]+)|\+([0-9]+))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = match?.[2] !== undefined ? Number(match[2]) : from + Number(match?.[3] ?? 0);
  if (match === null || from < 1 || to > PORT_MAX || to < from)
    throw wrong(definition, text, 'a range of ports such as 30000-32767');
  return { from, to };
}
