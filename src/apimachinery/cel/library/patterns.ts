import { RE2JS } from 're2js';
import { Failure } from '../value.js';

/** Compiled patterns that are kept. */
const PATTERNS_MAX = 512;
const cache = new Map<string, RE2JS>();

/** A regular expression in Go's syntax, which takes linear time. @throws Failure with Go's text */
export function cachedPattern(pattern: string): RE2JS {
  let compiled = cache.get(pattern);
  if (compiled !== undefined) return compiled;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error));
  }
  if (cache.size >= PATTERNS_MAX) cache.delete(cache.keys().next().value!);
  cache.set(pattern, compiled);
  return compiled;
}
