import { NOT_SUPPORTED, WITHOUT_EFFECT } from './foreign-flags.js';
import { OPTIONS } from './option-table.js';
import { UsageError } from './option-values.js';

/** What the command line says: texts by option name, in the order they were written. */
export interface ParsedArguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly configFile: string;
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** kube-apiserver's flags that were given and do nothing here. */
  readonly withoutEffect: readonly string[];
}

/** A misspelt name that is no more than this many edits from a known one gets a hint. */
const HINT_EDITS_MAX = 6;

/**
 * Reads flags: `--name value`, `--name=value`, `--name` for booleans; `_` counts as `-` as it does upstream.
 * @throws UsageError for an unknown flag, with the nearest known name, and for a missing value
 */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const texts = new Map<string, string[]>();
  const withoutEffect = new Set<string>();
  let help = false;
  let version = false;
  let configFile = '';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') continue;
    const flag = splitFlag(arg);
    const value = (): string => {
      if (flag.value !== undefined) return flag.value;
      const next = args[++i];
      if (next === undefined || next.startsWith('--')) throw new UsageError(`--${flag.name} needs a value`);
      return next;
    };
    if (flag.name === 'help' || flag.name === 'h') help = true;
    else if (flag.name === 'version') version = true;
    else if (flag.name === 'config') configFile = value();
    else if (OPTIONS.has(flag.name))
      append(texts, flag.name, OPTIONS.get(flag.name)!.kind === 'flag' ? (flag.value ?? 'true') : value());
    else if (WITHOUT_EFFECT.has(flag.name)) {
      if (WITHOUT_EFFECT.get(flag.name)) value();
      withoutEffect.add(flag.name);
    } else throw unknownOption(flag.name, `--${flag.name}`);
  }
  return { help, version, configFile, texts, withoutEffect: [...withoutEffect] };
}

function splitFlag(arg: string): { name: string; value: string | undefined } {
  const match = /^--?([^=]+)(?:=(.*))?$/s.exec(arg);
  if (match === null || !arg.startsWith('-'))
    throw new UsageError(`unexpected argument ${JSON.stringify(arg)}; options start with --`);
  return { name: match[1]!.replaceAll('_', '-'), value: match[2] };
}

function append(texts: Map<string, string[]>, name: string, text: string): void {
  const known = texts.get(name);
  if (known === undefined) texts.set(name, [text]);
  else known.push(text);
}

/** @param written how the operator wrote it: with dashes, or as a key of the config file */
export function unknownOption(name: string, written: string): UsageError {
  if (NOT_SUPPORTED.test(name)) {
    return new UsageError(
      `${written} is not supported yet, and to ignore it would be unsafe; leave it out to start without`,
    );
  }
  let best = '';
  let bestEdits = Math.min(HINT_EDITS_MAX, Math.ceil(name.length / 2)) + 1;
  for (const known of ['help', 'config', 'version', ...OPTIONS.keys(), ...WITHOUT_EFFECT.keys()]) {
    const edits = editDistance(name, known);
    if (edits < bestEdits) [best, bestEdits] = [known, edits];
  }
  const hint = best === '' ? '' : `; did you mean ${written.startsWith('-') ? '--' : ''}${best}?`;
  return new UsageError(`unknown option ${written}${hint} (--help lists all)`);
}

/** Levenshtein's: insertions, deletions and replacements from one text to the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
