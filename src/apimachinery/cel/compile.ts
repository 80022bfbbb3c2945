import { type Checked, check } from './checker.js';
import type { Environment } from './environment.js';
import { literalFaults } from './literal-checks.js';
import { parse } from './parser.js';
import { CelCompileError } from './source.js';

export interface CompileOptions {
  /** Checks of literals beyond types: regular expressions, durations, timestamps, formats, elements of one type. */
  readonly literals: boolean;
}

/**
 * Parses and checks an expression.
 * @throws CelCompileError with all faults of the first stage that finds some
 */
export function compileCel(
  source: string,
  environment: Environment,
  options: CompileOptions = { literals: true },
): Checked {
  const parsed = parse(source, environment.syntax);
  if (parsed.issues.length > 0) throw new CelCompileError(source, parsed.issues);
  const checked = check(environment, parsed.expr);
  if (checked.issues.length > 0) throw new CelCompileError(source, checked.issues);
  const faults = options.literals ? literalFaults(checked) : [];
  if (faults.length > 0) throw new CelCompileError(source, faults);
  return checked;
}
