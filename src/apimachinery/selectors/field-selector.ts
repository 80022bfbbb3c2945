import { badRequest } from '../errors/status-error.js';
import { EVERYTHING, type Selector } from './selector.js';

/** A field selector also tells which fields it names, so that a caller can refuse those a kind does not support. */
export interface FieldSelector extends Selector {
  /** In the order of the terms, each once. */
  readonly keys: readonly string[];
  /** The same selector with its keys renamed and values rewritten, as a version's conversion of field labels does. */
  transform(rename: (key: string, value: string) => { key: string; value: string }): FieldSelector;
}

interface FieldTerm {
  readonly key: string;
  readonly equal: boolean;
  readonly value: string;
}

const OPERATORS = ['!=', '==', '='] as const;

/**
 * Parses `metadata.name=x,status.phase!=Running`. Values may escape `,`, `=` and `\` with a backslash. A field that an
 * object lacks has the empty value.
 * @throws StatusError 400 with upstream's text
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text).sort()) {
    if (part === '') continue;
    const term = splitTerm(part);
    if (term === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    // Without a field and a value it says nothing.
    if (term.key === '' && term.value === '') continue;
    terms.push({ key: term.key, equal: term.operator !== '!=', value: unescapeFieldValue(term.value) });
  }
  return fieldSelectorOf(terms);
}

function fieldSelectorOf(terms: readonly FieldTerm[]): FieldSelector {
  const transform: FieldSelector['transform'] = (rename) =>
    fieldSelectorOf(terms.map((term) => ({ ...term, ...rename(term.key, term.value) })));
  if (terms.length === 0) return { ...EVERYTHING, keys: [], transform };
  const first = terms.find((term) => term.equal);
  return {
    isEverything: false,
    matches: (values) => terms.every(({ key, equal, value }) => ((values[key] ?? '') === value) === equal),
    exact: terms.filter((term) => term.equal).map(({ key, value }) => ({ key, value })),
    ...(first && { oneOf: { key: first.key, values: [first.value] } }),
    keys: [...new Set(terms.map((term) => term.key))],
    transform,
    toString: () =>
      terms.map(({ key, equal, value }) => `${key}${equal ? '=' : '!='}${escapeFieldValue(value)}`).join(','),
  };
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function splitTerm(term: string): { key: string; operator: string; value: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    const operator = OPERATORS.find((candidate) => term.startsWith(candidate, i));
    if (operator !== undefined) return { key: term.slice(0, i), operator, value: term.slice(i + operator.length) };
  }
  return undefined;
}

/** Writes a value so that it can stand in a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function unescapeFieldValue(text: string): string {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    let char = text[i]!;
    if (char === '\\') {
      char = String.fromCodePoint(...[text.codePointAt(++i)].filter((code) => code !== undefined));
      if (char === '' || !'\\,='.includes(char)) {
        throw badRequest(`invalid field selector: invalid escape sequence: \\${char}`);
      }
    } else if (char === ',' || char === '=') {
      // Upstream prints the character's number.
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    value += char;
  }
  return value;
}
