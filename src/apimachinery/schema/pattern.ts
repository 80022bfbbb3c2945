import { RE2JS } from 're2js';

/** A regular expression of a schema: Go's syntax, linear time whatever the pattern and the text. */
export interface Pattern {
  /** Whether the pattern occurs in the text. */
  matches(text: string): boolean;
}

/** @throws Error with Go's text (`error parsing regexp: missing closing ): ...`) */
export function compilePattern(pattern: string): Pattern {
  const compiled = RE2JS.compile(pattern);
  return { matches: (text) => compiled.test(text) };
}

/** What is wrong with a pattern, in Go's words; undefined where nothing is. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
