import type { CelType } from '../type.js';

/** One part of a format string: text, or a clause that takes an argument. */
export type FormatPart =
  | { readonly text: string }
  | { readonly clause: Clause; readonly precision: number | undefined };

export type Clause = 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';

/** A format string that cannot be read, or an argument that does not fit; the message is cel-go's. */
export class FormatFault extends Error {
  constructor(
    message: string,
    /** Which argument is at fault. */
    readonly argument?: number,
  ) {
    super(message);
  }
}

const CLAUSES: ReadonlySet<string> = new Set(['s', 'd', 'f', 'e', 'b', 'x', 'X', 'o']);
/** Digits after the point that may be asked for. */
const PRECISION_MAX = 1000;

/** @throws FormatFault */
export function parseFormat(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let text = '';
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      text += format[at];
      continue;
    }
    at++;
    if (at >= format.length) throw new FormatFault('unexpected end of string');
    if (format[at] === '%') {
      text += '%';
      continue;
    }
    const { clause, precision, end } = readClause(format, at);
    if (text !== '') parts.push({ text });
    text = '';
    parts.push({ clause, precision });
    at = end;
  }
  if (text !== '') parts.push({ text });
  return parts;
}

function readClause(format: string, at: number): { clause: Clause; precision: number | undefined; end: number } {
  const lead = 'could not parse formatting clause: ';
  let end = at;
  let precision: number | undefined;
  if (format[end] === '.') {
    const digits = /^[0-9]*/.exec(format.slice(end + 1))![0];
    end += 1 + digits.length;
    if (end >= format.length) {
      throw new FormatFault(`${lead}error while parsing precision: could not find end of precision specifier`);
    }
    precision = Number(digits);
    if (precision > PRECISION_MAX) {
      throw new FormatFault(`${lead}error while parsing precision: precision exceeds maximum: ${PRECISION_MAX}`);
    }
  }
  const character = String.fromCodePoint(format.codePointAt(end)!);
  if (!CLAUSES.has(character)) throw new FormatFault(`${lead}unrecognized formatting clause "${character}"`);
  return { clause: character as Clause, precision, end };
}

const INTEGERS: readonly string[] = ['int', 'uint'];
const TEXTUAL: readonly string[] = [
  'string',
  'bool',
  'bytes',
  'int',
  'uint',
  'double',
  'list',
  'map',
  'type',
  'duration',
  'timestamp',
  'null',
];

/** What each clause takes, and how cel-go tells that it was given something else. */
const TAKES: Readonly<Record<Clause, { readonly kinds: readonly string[]; readonly fault: string }>> = {
  s: {
    kinds: TEXTUAL,
    fault:
      'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  },
  d: { kinds: INTEGERS, fault: 'decimal clause can only be used on integers' },
  f: { kinds: ['double'], fault: 'fixed-point clause can only be used on doubles' },
  e: { kinds: ['double'], fault: 'scientific clause can only be used on doubles' },
  b: { kinds: [...INTEGERS, 'bool'], fault: 'only integers and bools can be formatted as binary' },
  x: {
    kinds: [...INTEGERS, 'string', 'bytes'],
    fault: 'only integers, byte buffers, and strings can be formatted as hex',
  },
  X: {
    kinds: [...INTEGERS, 'string', 'bytes'],
    fault: 'only integers, byte buffers, and strings can be formatted as hex',
  },
  o: { kinds: INTEGERS, fault: 'octal clause can only be used on integers' },
};

export const takes = (clause: Clause, type: CelType): boolean => TAKES[clause].kinds.includes(type.kind);

export const clauseFault = (clause: Clause, type: CelType): string =>
  `error during formatting: ${TAKES[clause].fault}, was given ${type.runtimeName}`;

const OPEN = new Set(['dyn', 'error', 'param']);

/** What a literal format string and the types of its arguments show to be wrong; the first fault only. */
export function formatFaults(format: string, types: readonly CelType[]): FormatFault[] {
  try {
    let used = 0;
    for (const part of parseFormat(format)) {
      if ('text' in part) continue;
      const type = types[used];
      if (type === undefined) throw new FormatFault(`index ${used} out of range`);
      if (!OPEN.has(type.kind) && !takes(part.clause, type))
        throw new FormatFault(clauseFault(part.clause, type), used);
      used++;
    }
    if (types.length <= used) return [];
    return [new FormatFault(`too many arguments supplied to string.format (expected ${used}, got ${types.length})`)];
  } catch (error) {
    if (error instanceof FormatFault) return [error];
    throw error;
  }
}
