import type { Schema } from '../../schema/schema.js';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};
const QUOTED = /^'(?:[^'\\]|\\.)*'$/s;

/**
 * A rule's fieldPath such as `.spec.labels['a.b']` as error fields have it: `spec.labels[a.b]`. Undefined where it does not lead
 * to a field of the schema.
 */
export function resolveRulePath(path: string, schema: Schema): string | undefined {
  const tokens = path.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+/gs) ?? [];
  if (tokens.join('') !== path) return undefined;
  let result = '';
  let current: Schema | undefined = schema;
  for (let i = 0; i < tokens.length; ) {
    let name: string | undefined;
    if (tokens[i] === '.') {
      name = tokens[i + 1];
      i += 2;
    } else if (tokens[i] === '[' && tokens[i + 2] === ']') {
      name = unquote(tokens[i + 1]!);
      i += 3;
    } else {
      return undefined;
    }
    if (name === undefined || current === undefined) return undefined;
    if (current.properties !== undefined) {
      current = current.properties.get(name);
      if (current === undefined) return undefined;
      result += result === '' ? name : `.${name}`;
    } else if (typeof current.additionalProperties === 'object') {
      current = current.additionalProperties;
      result += `[${name}]`;
    } else {
      return undefined;
    }
  }
  return result;
}

function unquote(token: string): string | undefined {
  if (!QUOTED.test(token)) return undefined;
  let wrong = false;
  const text = token.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => {
    const meaning = ESCAPES[character];
    if (meaning === undefined) wrong = true;
    return meaning ?? '';
  });
  return wrong ? undefined : text;
}
