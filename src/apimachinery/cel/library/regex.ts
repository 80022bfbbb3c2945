import { declare, type Library, member } from '../environment.js';
import { INT, listOf, STRING } from '../type.js';
import { ArrayList } from '../value.js';
import { cachedPattern } from './patterns.js';

function find(text: string, pattern: string): string {
  const matcher = cachedPattern(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

/** An empty match right behind another one does not count. @param limit how many at most, all where negative */
function findAll(text: string, pattern: string, limit: number): ArrayList {
  const matcher = cachedPattern(pattern).matcher(text);
  const found: string[] = [];
  let end = -1;
  while (found.length !== limit && matcher.find()) {
    const isRepeat = matcher.start() === matcher.end() && matcher.start() === end;
    end = matcher.end();
    if (!isRepeat) found.push(matcher.group() ?? '');
  }
  return new ArrayList(found);
}

/** Kubernetes' search for patterns. @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library */
export const REGEX: Library = {
  functions: [
    declare(
      'find',
      member('string_find_string', [STRING, STRING], STRING, (text, pattern) =>
        find(text as string, pattern as string),
      ),
    ),
    declare(
      'findAll',
      member('string_find_all_string', [STRING, STRING], listOf(STRING), (text, pattern) =>
        findAll(text as string, pattern as string, -1),
      ),
      member('string_find_all_string_int', [STRING, STRING, INT], listOf(STRING), (text, pattern, limit) =>
        findAll(text as string, pattern as string, Number(limit)),
      ),
    ),
  ],
};
